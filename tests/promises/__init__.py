"""Promises against the clock: schedules × zones × changes of the clocks × bookings, and none broken."""
