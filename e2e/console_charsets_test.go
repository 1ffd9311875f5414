package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// lists are short ones, as people have them in files, with the character sets in which they are written.
var lists = []struct {
	in   map[string]encoding.Encoding
	rows []string
}{
	{japaneseSets, []string{"佐藤太郎,東京都千代田区丸の内1-1-1", "鈴木花子,大阪府大阪市北区梅田3丁目", "高橋一郎,神奈川県横浜市西区みなとみらい", "田中美咲,愛知県名古屋市中区栄", "伊藤健,北海道札幌市中央区大通西"}},
	{japaneseSets, []string{"東京", "大阪", "京都", "名古屋", "札幌", "福岡", "横浜", "神戸", "仙台", "広島"}},
	{japaneseSets, []string{"りんご", "みかん", "バナナ", "さくらんぼ", "ぶどう", "トマト", "にんじん", "たまねぎ", "キャベツ"}},
	{cyrillicSets, []string{"Москва,столица России", "Санкт-Петербург,город на Неве", "Новосибирск", "Екатеринбург", "Казань", "Нижний Новгород", "Уфа"}},
	{cyrillicSets, []string{"яблоко", "хлеб", "молоко", "масло", "сыр", "картофель", "лук", "мясо и рыба"}},
	{cyrillicSets, []string{"ИВАНОВ ИВАН", "ПЕТРОВА АННА", "СМИРНОВ ОЛЕГ", "КУЗНЕЦОВА ОЛЬГА", "ПОПОВ"}},
	{cyrillicSets, []string{"ООО «Ромашка»,50", "ЗАО «МИР»,60", "ИП Сидоров,7"}},
	{cyrillicSets, []string{"Київ", "Львів", "Харків", "Одеса", "Дніпро", "Запоріжжя"}},
	{map[string]encoding.Encoding{"gb18030": simplifiedchinese.GB18030}, []string{"王伟,北京市朝阳区建国路88号", "李娜,上海市浦东新区世纪大道100号", "张敏,广州市天河区体育西路12号", "刘洋,深圳市南山区科技园"}},
	{map[string]encoding.Encoding{"gb18030": simplifiedchinese.GBK}, []string{"苹果", "香蕉", "橙子", "葡萄", "西瓜", "草莓", "樱桃"}},
	{map[string]encoding.Encoding{"big5": traditionalchinese.Big5}, []string{"陳志明,台北市大安區忠孝東路四段100號", "林美惠,新北市板橋區文化路一段", "黃俊傑,高雄市左營區博愛二路"}},
	{map[string]encoding.Encoding{"euc-kr": korean.EUCKR}, []string{"김민수,서울특별시 강남구 테헤란로 152", "이영희,부산광역시 해운대구 우동", "박지훈,대구광역시 수성구 범어동"}},
	{map[string]encoding.Encoding{"euc-kr": korean.EUCKR}, []string{"사과", "바나나", "포도", "수박", "딸기", "참외", "복숭아", "토마토"}},
	{westernSets, []string{"Größe", "Straße", "Müller", "Äpfel", "Öl", "Grüße aus Köln", "Käse", "Brötchen"}},
	{westernSets, []string{"GRÖSSE", "MÜLLER", "ÄPFEL", "KÖLN"}},
	{westernSets, []string{"élève", "été", "Noël", "garçon", "où", "forêt", "à côté", "Besançon", "Orléans"}},
}

var (
	japaneseSets = map[string]encoding.Encoding{"shift_jis": japanese.ShiftJIS, "euc-jp": japanese.EUCJP}
	cyrillicSets = map[string]encoding.Encoding{"windows-1251": charmap.Windows1251}
	westernSets  = map[string]encoding.Encoding{"windows-1252": charmap.Windows1252}
)

// TestConsoleCharsets has the character set of each list guessed, of each row alone, of few rows and of all: of all it is known, of four rows it is found,
// and of fewer it is either found or said to be in doubt.
func TestConsoleCharsets(t *testing.T) {
	t.Parallel()
	type part struct {
		Charset, First string
		Rows           int
		Whole          bool
		Bytes          []int
	}
	var parts []part
	for _, l := range lists {
		for name, enc := range l.in {
			for _, n := range []int{1, 2, 4, len(l.rows)} {
				for from := 0; from+n <= len(l.rows); from++ {
					packed, err := enc.NewEncoder().String("name,more\n" + strings.Join(l.rows[from:from+n], "\n") + "\n")
					no(t, err)
					one := part{name, l.rows[from], n, n == len(l.rows), nil}
					for _, b := range []byte(packed) {
						one.Bytes = append(one.Bytes, int(b))
					}
					parts = append(parts, one)
				}
			}
		}
	}
	b, err := json.Marshal(parts)
	no(t, err)
	p := directory.start(t).open(t)
	p.find("heading", "Sign in")
	for _, wrong := range evaluate[[]string](p, fmt.Sprintf(`(async parts => {
		const { Source } = await import('/console/files/source.js'), { findCharset } = await import('/console/files/charset.js')
		const wrong = []
		for (const { Charset, First, Rows, Whole, Bytes } of parts) {
			const found = await findCharset(new Source(new File([new Uint8Array(Bytes)], 'a.csv'))).catch(err => ({ sure: err.why !== 'two.charsets' })) // which some pairs alone may seem
			const right = found.charset === Charset
			if (right ? Whole && !found.sure : found.sure || Rows > 2) wrong.push(First + ', ' + Rows + ' rows of ' + Charset + ': ' + JSON.stringify(found))
		}
		return wrong
	})(%s)`, b)) {
		t.Error(wrong)
	}
	// Letters of a set that is none of those are not taken for certain.
	koi8, err := charmap.KOI8R.NewEncoder().String("город\nМосква\nКазань\nУфа\nСамара\n")
	no(t, err)
	if sure := evaluate[bool](p, fmt.Sprintf(`import('/console/files/guess.js').then(({ guess }) => guess(new Uint8Array(%s)).sure)`, strings.ReplaceAll(fmt.Sprint([]byte(koi8)), " ", ","))); sure {
		t.Error("KOI8-R is taken for another set without a doubt")
	}
}

func TestConsoleCharsetDoubt(t *testing.T) { eachStore(t, testConsoleCharsetDoubt) }

// testConsoleCharsetDoubt imports a file whose character set is plain, and one of which two come close: that is said, with what it would read as, and put right.
func testConsoleCharsetDoubt(t *testing.T, s *store) {
	c, a := s.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.visit("create")
	cities, err := japanese.EUCJP.NewEncoder().String("id,city\n1,東京\n2,大阪\n3,名古屋\n4,さいたま\n")
	no(t, err)
	p.take(written(t, "cities.csv", cities))
	p.see(`Not UTF-8. Taken for EUC-JP: line 2 reads "東京".`)
	p.find("heading", "New table")
	if p.sees("come close") || p.sees("cannot be told") {
		t.Error("there is a doubt of what is plain")
	}
	p.click("button", "Another file")
	berries, err := korean.EUCKR.NewEncoder().String("name\n딸기\n")
	no(t, err)
	p.take(written(t, "berries.csv", berries))
	p.see(`EUC-JP and EUC-KR come close. As EUC-KR line 2 reads "딸기": choose that above if it is right.`)
	p.audit()
	p.choose("Character set", "euc-kr")
	p.see("딸기")
	p.click("button", "Create and import 1 row")
	p.find("heading", "Import into berries is complete")
	if got := a.values(t, a.tableNamed(t, "berries", 1)); got[0] != `{"name":"딸기"}` {
		t.Errorf("the record is %s", got)
	}
}
