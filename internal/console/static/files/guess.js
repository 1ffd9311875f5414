// Which character set bytes are of that are not UTF-8: the one in which most of them are what is frequent in texts. Nothing here touches the page.
//
// Each set is asked for a score from below 0 to 1, the mean over the bytes beyond ASCII: 1 for frequent characters, less for rare ones, below 0 for
// what no text has. Two sets that come close are not told apart by a short list, so that is said and not decided: `sure` is false, `other` the second.

// guess is {charset, score, sure, other} of some bytes; other is null where no other set could be meant.
export function guess(sample) {
  const all = Object.keys(worths).map(charset => ({ charset, score: score(charset, sample) })).sort((a, b) => b.score - a.score)
  const [best, second] = all, n = sample.filter(b => b >= 0x80).length
  const close = best.score - second.score <= 0.1 + Math.min(0.4, 1.2 / n) // of a few characters alone chance makes more of a difference
  return { ...best, sure: best.score > 0.5 && !close, other: close && second.score > 0.3 ? second.charset : null }
}

function score(charset, sample) {
  const text = new TextDecoder(charset).decode(sample), worth = worths[charset](text), width = bytesOf[charset] ?? 1
  let sum = 0, n = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x80) continue
    const wide = c === 0xfffd || (c >= 0xff61 && c < 0xffa0) ? 1 : width
    sum += wide * (c === 0xfffd ? -2 : (c < 0xa0) || (c >= 0xd800 && c < 0xf900) ? -1 : worth(text[i], c, i))
    n += wide
  }
  return n ? sum / n : 0
}

const bytesOf = { gb18030: 2, big5: 2, shift_jis: 2, 'euc-jp': 2, 'euc-kr': 2 }

const range = (charset, from, to, low, high) => {
  const bytes = []
  for (let a = from; a <= to; a++) for (let b = low; b <= high; b++) if (b < 0x7f || b > 0xa0) bytes.push(a, b)
  return new Set(new TextDecoder(charset).decode(new Uint8Array(bytes)))
}
const sets = {}
// plain are the characters of a set's first level, of which texts mostly are.
const plain = charset => (sets[charset] ??= {
  gb18030: () => range('gb18030', 0xb0, 0xd7, 0xa1, 0xfe), big5: () => range('big5', 0xa4, 0xc6, 0x40, 0xfe),
  japanese: () => range('euc-jp', 0xb0, 0xcf, 0xa1, 0xfe), korean: () => range('euc-kr', 0xb0, 0xc8, 0xa1, 0xfe),
}[charset]())

const kana = c => c >= 0x3041 && c < 0x3100, han = c => c >= 0x4e00 && c < 0xa000, wideSign = c => (c >= 0x3000 && c < 0x3020) || (c >= 0xff00 && c < 0xff60)

const chinese = charset => {
  const first = plain(charset), common = frequent[charset]
  return (s, c) => (common.has(s) ? 1 : first.has(s) ? 0.5 : wideSign(c) ? 0.7 : kana(c) ? 0 : han(c) && charset === 'big5' ? 0.1 : -0.1)
}
const japanese = () => {
  const first = plain('japanese')
  return (s, c) => (kana(c) || frequent.japanese.has(s) ? 1 : first.has(s) ? 0.5 : wideSign(c) ? 0.7 : han(c) ? 0.1 : -0.3) // katakana of half the width, too, which few write
}
const korean = () => {
  const first = plain('korean')
  return (s, c) => (frequent.korean.has(s) ? 1 : first.has(s) ? 0.5 : wideSign(c) ? 0.7 : -0.1)
}

const western = new Set('äöüßÄÖÜéèêëàâçñáíóúîïôùûœæøåÉÅØÁÀÇÑÓÍÚãõÃ'), marks = new Set('€’‘“”„–—…°§©®«»•£№ ¿¡ºª')
// latin wants letters with marks to stand among others that have none.
const latin = text => (s, c, i) => {
  if (marks.has(s)) return 0.7
  if (!/\p{L}/u.test(s)) return -0.3
  if (text.charCodeAt(i - 1) >= 0x80 && text.charCodeAt(i + 1) >= 0x80) return 0
  return western.has(s) ? 1 : 0.6
}

const russian = new Set('оеаинтсрвлкмдпубязыгьйчхжшю'), single = new Set('авикосуяАВИКОСУЯ')
// cyrillic wants words of nothing but its letters, written as words are.
const cyrillic = text => {
  const worth = new Map()
  for (const { 0: word, index } of text.matchAll(/\p{L}+/gu)) {
    const how = /[A-Za-z]/.test(word) ? -0.5 : /[ªµºƒЈјЉљЊњЋћЂђЏџЃѓЌќЅѕ]/.test(word) ? 0 : word.length === 1 ? (single.has(word) ? 0.6 : 0.1)
      : !/^(\p{Lu}?\p{Ll}+|\p{Lu}+)$/u.test(word) || /^[ьъы]/i.test(word) || !/[аеёиоуыэюяіїєў]/i.test(word) ? 0.1 : /^\p{Lu}+$/u.test(word) ? 0.9 : 1
    for (let i = index; i < index + word.length; i++) worth.set(i, how > 0 && !russian.has(text[i].toLowerCase()) ? how * 0.6 : how)
  }
  return (s, c, i) => worth.get(i) ?? ('«»„“”‘’–—…№€ '.includes(s) ? 0.7 : -0.1)
}

const worths = {
  'windows-1252': latin, 'windows-1251': cyrillic, gb18030: () => chinese('gb18030'), big5: () => chinese('big5'), shift_jis: japanese, 'euc-jp': japanese, 'euc-kr': korean,
}

const frequent = {
  gb18030: new Set('的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运' +
    '李刘陈杨黄赵周吴徐孙朱胡郭林罗梁宋郑谢韩唐冯于董萧曹袁邓傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田姜范石姚谭廖邹熊陆郝孔崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎易武贺赖龚伟芳娜敏静丽强磊洋艳勇杰娟涛超秀霞平刚桂英华玉兰红梅城市县省镇村街号楼园京津沪州深圳港湖广河姓址编码价格商品订单客户店'),
  big5: new Set('的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運' +
    '臺台灣李劉陳楊黃趙周吳徐孫朱胡郭林羅梁宋鄭謝韓唐馮於董蕭曹袁鄧傅沈曾彭呂蘇盧蔣蔡賈丁魏薛葉余潘杜戴夏鍾汪田姜范石姚譚廖鄒熊陸志明美惠俊傑雅婷淑芬怡君建宏家豪宗翰城市縣省鎮鄉村街號樓園巷段新竹桃高雄花蓮基隆嘉義屏雲彰投宜姓址編碼價格商品訂單客戶店'),
  japanese: new Set('日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位置企真流格有疑口過局少放税検' +
    '佐藤鈴木橋渡辺伊林斎清森池阿石岡松井吉幸丸葉福愛媛静兵庫奈良滋賀阪神戸浜横札幌仙古屋埼玉茨栃群潟富梨岐阜沖縄熊鹿児崎宮城岩青秋形香徳根鳥取和歌媛町番号丁郎太美花咲健翔由紀恵智裕介樹之助奈々商店客注編格'),
  korean: new Set('이다의는에을를가한고하은지로기사자리아도서해시인대정부전일어스상수제과보나장원그주구동조들성위진라유있만회관국비경계치선안소여연화생분면재적것산오영공중두러실요용내신금발방세모드강문려학건물단했업개무불반말결때년후등청김박최윤임권황송류홍길남북특별광역울천민희훈우늘준현숙순호경철병재석태승혜미란옥춘포수원평창마포종로삼거리역점명품번격값량객름표와또며거게되않없았었했습니까요서트프르크터레이블카페커피책음식'),
}
