// The choice of callback times in the languages that have no words for the whole chat yet (words.js), so that
// nobody chooses a time in words that they can't read. In this order:
const TIMES_KEYS = [
  "timesAsk", "timesZone", "timesOther", "timesBooked", "timesBar", "timesMove", "timesCancel", "timesKeep",
  "timesNotYet", "timesAddress", "writeAddress",
];

const TIMES_WORDS = {
  fr: ["Quand souhaitez-vous être recontacté ?", (zone) => `Heures : ${zone}.`, "Une autre heure ? Écrivez-la.", "Nous reviendrons vers vous", (time) => `Nous reviendrons vers vous : ${time}`, "Autre heure", "Annuler", "Garder cette heure", "Pas encore réservé", "Écrivez votre adresse e-mail ou votre numéro de téléphone pour que nous puissions vous joindre.", "Adresse e-mail ou numéro de téléphone"],
  pt: ["Quando podemos entrar em contato?", (zone) => `Horários: ${zone}.`, "Outro horário? É só escrever.", "Entraremos em contato", (time) => `Entraremos em contato: ${time}`, "Outro horário", "Cancelar", "Manter este horário", "Ainda não marcado", "Escreva o seu e-mail ou telefone para que possamos falar com você.", "E-mail ou telefone"],
  it: ["Quando possiamo ricontattarti?", (zone) => `Orari: ${zone}.`, "Un altro orario? Scrivilo.", "Ti ricontattiamo", (time) => `Ti ricontattiamo: ${time}`, "Altro orario", "Annulla", "Mantieni questo orario", "Non ancora prenotato", "Scrivi il tuo indirizzo e-mail o il tuo numero di telefono, così possiamo raggiungerti.", "E-mail o numero di telefono"],
  nl: ["Wanneer zullen we contact met u opnemen?", (zone) => `Tijden: ${zone}.`, "Een ander tijdstip? Schrijf het op.", "We nemen contact met u op", (time) => `We nemen contact met u op: ${time}`, "Ander tijdstip", "Annuleren", "Dit tijdstip houden", "Nog niet geboekt", "Schrijf uw e-mailadres of telefoonnummer, zodat we u kunnen bereiken.", "E-mailadres of telefoonnummer"],
  pl: ["Kiedy mamy się odezwać?", (zone) => `Godziny: ${zone}.`, "Inna godzina? Proszę ją napisać.", "Odezwiemy się", (time) => `Odezwiemy się: ${time}`, "Inny termin", "Anuluj", "Zostaw ten termin", "Jeszcze nie zarezerwowano", "Proszę podać adres e-mail lub numer telefonu, abyśmy mogli się skontaktować.", "E-mail lub numer telefonu"],
  tr: ["Size ne zaman dönelim?", (zone) => `Saatler: ${zone}.`, "Başka bir saat mi? Yazmanız yeterli.", "Size döneceğiz", (time) => `Size döneceğiz: ${time}`, "Başka saat", "İptal et", "Bu saati koru", "Henüz ayrılmadı", "Size ulaşabilmemiz için e-posta adresinizi veya telefon numaranızı yazın.", "E-posta adresi veya telefon numarası"],
  hi: ["हम आपसे कब संपर्क करें?", (zone) => `समय: ${zone}।`, "कोई और समय? बस लिख दें।", "हम आपसे संपर्क करेंगे", (time) => `हम आपसे संपर्क करेंगे: ${time}`, "दूसरा समय", "रद्द करें", "यही समय रखें", "अभी बुक नहीं हुआ", "अपना ई-मेल पता या फ़ोन नंबर लिखें, ताकि हम आपसे संपर्क कर सकें।", "ई-मेल पता या फ़ोन नंबर"],
  id: ["Kapan kami bisa menghubungi Anda?", (zone) => `Waktu: ${zone}.`, "Waktu lain? Tulis saja.", "Kami akan menghubungi Anda", (time) => `Kami akan menghubungi Anda: ${time}`, "Waktu lain", "Batalkan", "Tetap di waktu ini", "Belum dipesan", "Tulis alamat e-mail atau nomor telepon Anda agar kami dapat menghubungi Anda.", "E-mail atau nomor telepon"],
  ru: ["Когда с вами связаться?", (zone) => `Время: ${zone}.`, "Другое время? Просто напишите.", "Мы свяжемся с вами", (time) => `Мы свяжемся с вами: ${time}`, "Другое время", "Отменить", "Оставить это время", "Ещё не забронировано", "Напишите адрес электронной почты или номер телефона, чтобы мы могли с вами связаться.", "E-mail или номер телефона"],
  ja: ["いつご連絡しましょうか？", (zone) => `時刻：${zone}。`, "別の時間は、そのままお書きください。", "ご連絡します", (time) => `ご連絡します：${time}`, "別の時間", "取り消す", "この時間のままにする", "まだ予約されていません", "ご連絡先として、メールアドレスまたは電話番号をご記入ください。", "メールアドレスまたは電話番号"],
  zh: ["我们何时联系您？", (zone) => `时间：${zone}。`, "其他时间？直接写下即可。", "我们会联系您", (time) => `我们会联系您：${time}`, "其他时间", "取消", "保留此时间", "尚未预约", "请写下您的电子邮箱或电话号码，以便我们联系您。", "电子邮箱或电话号码"],
  ko: ["언제 연락드릴까요?", (zone) => `시간: ${zone}.`, "다른 시간은 그냥 적어 주세요.", "연락드리겠습니다", (time) => `연락드리겠습니다: ${time}`, "다른 시간", "취소", "이 시간 유지", "아직 예약되지 않았습니다", "연락드릴 수 있도록 이메일 주소나 전화번호를 적어 주세요.", "이메일 주소 또는 전화번호"],
  vi: ["Chúng tôi nên liên hệ với bạn khi nào?", (zone) => `Giờ: ${zone}.`, "Giờ khác? Bạn chỉ cần viết ra.", "Chúng tôi sẽ liên hệ với bạn", (time) => `Chúng tôi sẽ liên hệ với bạn: ${time}`, "Giờ khác", "Hủy", "Giữ giờ này", "Chưa đặt", "Hãy viết địa chỉ e-mail hoặc số điện thoại để chúng tôi liên hệ với bạn.", "E-mail hoặc số điện thoại"],
};

/** All words of the chat in a customer's language; where only those of the times are known, the rest in English. */
function wordsIn(language) {
  const words = WORDS[pickLanguage([language])];
  const times = TIMES_WORDS[String(language).slice(0, 2).toLowerCase()];
  return times ? { ...words, ...Object.fromEntries(TIMES_KEYS.map((key, at) => [key, times[at]])) } : words;
}
