package datafile_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"stele/internal/datafile"
)

// shortText is a list of names and addresses, as people have them in files.
type shortText struct {
	charset string
	enc     encoding.Encoding
	head    string
	rows    []string
}

var shortTexts = []shortText{
	{"gb18030", simplifiedchinese.GBK, "姓名,地址", []string{
		"王伟,北京市朝阳区建国路88号", "李娜,上海市浦东新区世纪大道100号", "张敏,广州市天河区体育西路12号", "刘洋,深圳市南山区科技园", "陈静,杭州市西湖区文三路",
		"杨勇,成都市武侯区人民南路", "赵磊,武汉市洪山区珞喻路", "黄丽,西安市雁塔区小寨东路", "周强,南京市鼓楼区中山北路", "吴秀英,重庆市渝中区解放碑",
	}},
	{"big5", traditionalchinese.Big5, "姓名,地址", []string{
		"陳志明,台北市大安區忠孝東路四段100號", "林美惠,新北市板橋區文化路一段", "黃俊傑,高雄市左營區博愛二路", "張雅婷,台中市西屯區台灣大道", "李建宏,台南市東區中華東路",
		"王淑芬,桃園市中壢區中正路", "吳家豪,新竹市東區光復路", "劉怡君,基隆市仁愛區愛三路", "蔡宗翰,嘉義市西區民族路", "楊惠雯,花蓮縣花蓮市國聯五路",
	}},
	{"euc-kr", korean.EUCKR, "이름,주소", []string{
		"김민수,서울특별시 강남구 테헤란로 152", "이영희,부산광역시 해운대구 우동", "박지훈,대구광역시 수성구 범어동", "최수진,인천광역시 연수구 송도동", "정우성,광주광역시 서구 치평동",
		"강하늘,대전광역시 유성구 대학로", "조은지,울산광역시 남구 삼산동", "윤서연,경기도 성남시 분당구 판교로", "장동건,강원도 춘천시 중앙로", "임지현,제주특별자치도 제주시 연동",
	}},
	{"shift_jis", japanese.ShiftJIS, "氏名,住所", []string{
		"佐藤太郎,東京都千代田区丸の内1-1-1", "鈴木花子,大阪府大阪市北区梅田3丁目", "高橋一郎,神奈川県横浜市西区みなとみらい", "田中美咲,愛知県名古屋市中区栄", "伊藤健,北海道札幌市中央区大通西",
		"渡辺さくら,福岡県福岡市博多区博多駅前", "山本翔太,京都府京都市下京区", "中村愛,兵庫県神戸市中央区三宮町", "小林大輔,埼玉県さいたま市大宮区", "加藤由美,広島県広島市中区紙屋町",
	}},
}

// TestShortFiles: the charset of a file of a few rows is found, too, though some of its bytes are UTF-8 by chance.
func TestShortFiles(t *testing.T) {
	t.Parallel()
	for _, c := range shortTexts {
		for from := range c.rows {
			for _, n := range []int{1, 3, 10} {
				if from+n > len(c.rows) {
					continue
				}
				text := c.head + "\n" + strings.Join(c.rows[from:from+n], "\n") + "\n"
				packed, err := c.enc.NewEncoder().String(text)
				if err != nil {
					t.Fatal(err)
				}
				r, err := datafile.Open(t.Context(), file(t, "a.csv", packed), datafile.Options{})
				if err != nil {
					t.Errorf("%s, %d rows from %d: %v", c.charset, n, from, err)
					continue
				}
				row, err := r.Next()
				if err != nil || strings.Join([]string{row.Cells[0].Text, row.Cells[1].Text}, ",") != c.rows[from] {
					t.Errorf("%s, %d rows from %d: %v, %v: %q", c.charset, n, from, row, err, r.Notes())
				}
				_ = r.Close()
			}
		}
	}
}

// TestOneLineOfAnother: one line of UTF-8 in a long file of another charset is told, with its place.
func TestOneLineOfAnother(t *testing.T) {
	t.Parallel()
	for _, c := range shortTexts {
		rows := slices.Repeat(c.rows, 50)
		before, err := c.enc.NewEncoder().String(c.head + "\n" + strings.Join(rows[:300], "\n") + "\n")
		if err != nil {
			t.Fatal(err)
		}
		after, err := c.enc.NewEncoder().String(strings.Join(rows[300:], "\n") + "\n")
		if err != nil {
			t.Fatal(err)
		}
		r, err := datafile.Open(t.Context(), file(t, "a.csv", before+c.rows[3]+"\n"+after), datafile.Options{})
		if err == nil {
			t.Errorf("%s: %q", c.charset, r.Notes())
			_ = r.Close()
		} else if !strings.Contains(err.Error(), "but line 302 is") {
			t.Errorf("%s: %v", c.charset, err)
		}
	}
}

// TestTwoCharsets: a file of which one half is UTF-8 is refused, whatever the other half is in.
func TestTwoCharsets(t *testing.T) {
	t.Parallel()
	latin := []string{"Jérôme,Évry", "Zoë,Orléans", "Müller,Köln", "Françoise,Besançon", "Søren,Århus", "André,Nîmes", "Chloé,Béziers", "Jörg,Lübeck", "Renée,Sète", "Noël,Angoulême"}
	for _, c := range append(slices.Clone(shortTexts), shortText{"windows-1252", charmap.Windows1252, "name,city", latin}) {
		for _, n := range []int{1, 3, 5} {
			for _, first := range []bool{true, false} {
				plain := c.head + "\n" + strings.Join(c.rows[:n], "\n") + "\n"
				packed, err := c.enc.NewEncoder().String(strings.Join(c.rows[n:2*n], "\n") + "\n")
				if err != nil {
					t.Fatal(err)
				}
				text := plain + packed
				if !first {
					text = "name,city\n" + packed + strings.TrimPrefix(plain, c.head+"\n")
				}
				r, err := datafile.Open(t.Context(), file(t, "a.csv", text), datafile.Options{})
				if err == nil {
					t.Errorf("%s, %d rows, UTF-8 first %t: %q", c.charset, n, first, r.Notes())
					_ = r.Close()
				}
			}
		}
	}
}

// TestShortCyrillic: what is in a charset of one byte is not taken for one of two.
func TestShortCyrillic(t *testing.T) {
	t.Parallel()
	rows := []string{"ИВАНОВ,МОСКВА", "Петров,Санкт-Петербург", "СМИРНОВА,КАЗАНЬ", "Кузнецов,Тверь", "ПОПОВ,ПЕРМЬ", "соколова,тула", "Лебедев,Омск", "НОВИКОВ,УФА"}
	for name, enc := range map[string]encoding.Encoding{"windows-1251": charmap.Windows1251, "koi8-r": charmap.KOI8R, "iso-8859-5": charmap.ISO8859_5} {
		for from := range rows {
			for n := 1; from+n <= len(rows); n++ {
				packed, err := enc.NewEncoder().String("a,b\n" + strings.Join(rows[from:from+n], "\n") + "\n")
				if err != nil {
					t.Fatal(err)
				}
				r, err := datafile.Open(t.Context(), file(t, "a.csv", packed), datafile.Options{})
				if err != nil {
					continue
				}
				for _, note := range r.Notes() {
					if strings.Contains(note, "nearly all of it") {
						t.Errorf("%s, %d rows from %d: %s", name, n, from, note)
					}
				}
				_ = r.Close()
			}
		}
	}
}

// TestShortAlphabets: names in charsets of one byte a character, in capitals and in small letters, are no Chinese, Korean or Japanese. What cannot be
// told is refused with the way out.
func TestShortAlphabets(t *testing.T) {
	t.Parallel()
	cyrillic := []string{"ИВАН", "АННА", "ОЛЬГ", "ПЕТР", "МАРИНА", "СЕРГЕЙ", "НИКИТА", "МОСКВА", "САМАРА", "ТОМСК", "РЯЗАНЬ", "ВЛАДИВОСТОК", "УФА", "ЯРОСЛАВЛЬ"}
	latin := []string{"ÀÉÈÊ", "ÖÄÜß", "ÑÓÍÁ", "ÇÃÕÂ", "ÅÆØÉ", "ÄÖÜ", "ÈÉÊË", "ÀÇÉ"}
	polish := []string{"ŁÓDŹ", "ŻÓŁĆ", "ŚĆŹŻ", "ĘĄŁÓ", "ČŘŽÝ", "ĚŠČŘ", "ŐŰÖÜ", "ŢĂÎÂ"}
	greek := []string{"ΑΘΗΝΑ", "ΠΑΤΡΑ", "ΒΟΛΟΣ", "ΧΑΝΙΑ", "ΡΟΔΟΣ", "ΜΑΡΙΑ", "ΝΙΚΟΣ", "ΕΛΕΝΗ", "ΚΩΝΣΤΑΝΤΙΝΟΣ", "ΓΙΩΡΓΟΣ"}
	turkish := []string{"ĞÜİŞ", "ÖÇŞİ", "ÜĞÖÇ", "İÖÜŞ", "ŞÇĞÜ", "ÇÖİĞ"}
	title := func(s string) string {
		words := strings.Split(s, "\n")
		for i, w := range words {
			_, n := utf8.DecodeRuneInString(w)
			words[i] = w[:n] + strings.ToLower(w[n:])
		}
		return strings.Join(words, "\n")
	}
	same := func(s string) string { return s }
	for _, c := range []struct {
		name  string
		enc   encoding.Encoding
		words []string
	}{
		{"windows-1251", charmap.Windows1251, cyrillic}, {"koi8-r", charmap.KOI8R, cyrillic}, {"iso-8859-5", charmap.ISO8859_5, cyrillic}, {"ibm866", charmap.CodePage866, cyrillic},
		{"iso-8859-1", charmap.ISO8859_1, latin}, {"iso-8859-2", charmap.ISO8859_2, polish}, {"windows-1250", charmap.Windows1250, polish},
		{"iso-8859-7", charmap.ISO8859_7, greek}, {"windows-1253", charmap.Windows1253, greek}, {"iso-8859-9", charmap.ISO8859_9, turkish},
	} {
		for written, as := range map[string]func(string) string{"capitals": same, "small": strings.ToLower, "title": title} {
			for from := range c.words {
				for _, n := range []int{3, 5, len(c.words) - from} {
					if from+n > len(c.words) {
						continue
					}
					rows := strings.Join(c.words[from:from+n], "\n")
					packed, err := encoding.ReplaceUnsupported(c.enc.NewEncoder()).String("name\n" + as(rows) + "\n")
					if err != nil {
						t.Fatal(err)
					}
					r, err := datafile.Open(t.Context(), file(t, "a.csv", packed), datafile.Options{})
					what := ""
					if err != nil {
						what = err.Error()
					} else {
						what = strings.Join(r.Notes(), "; ")
						_ = r.Close()
					}
					double := slices.ContainsFunc(shortTexts, func(s shortText) bool { return strings.Contains(what, "charset: "+s.charset) })
					if double || err != nil && !strings.Contains(what, "--charset") {
						t.Errorf("%s in %s, %d from %d: %s", c.name, written, n, from, what)
					}
				}
			}
		}
	}
}

// TestNoGuess: where no charset comes into question, none is named.
func TestNoGuess(t *testing.T) {
	t.Parallel()
	_, err := datafile.Open(t.Context(), file(t, "a.csv", "a\n\xff\x81\x8d\x8f\xff\x90\x9d\xfe\xff\n"), datafile.Options{})
	if err == nil || strings.Contains(err.Error(), "(,") || strings.Contains(err.Error(), " 0 % sure") {
		t.Error(err)
	}
}
