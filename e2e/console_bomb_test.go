package e2e

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// deflated packs a beginning, a block that comes n times, and an end, without writing out what it unpacks to.
func deflated(t *testing.T, begin, block string, n int, end string) []byte {
	t.Helper()
	pack := func(s string, whole bool) []byte {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestSpeed)
		no(t, err)
		_, err = w.Write([]byte(s))
		no(t, err)
		if whole {
			no(t, w.Close())
		} else {
			no(t, w.Flush())
		}
		return b.Bytes()
	}
	return append(append(pack(begin, false), bytes.Repeat(pack(block, false), n)...), pack(end, true)...)
}

// bomb writes a workbook in which one part is packed bytes that say of themselves to be of some size.
func bomb(t *testing.T, part string, packed []byte, says uint64) string {
	t.Helper()
	const rel = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	parts := map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="a" Type="` + rel + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook><sheets><sheet name="S" id="s"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="s" Type="` + rel + `worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="t" Type="` + rel + `sharedStrings" Target="sharedStrings.xml"/><Relationship Id="y" Type="` + rel + `styles" Target="styles.xml"/></Relationships>`,
		"xl/sharedStrings.xml":       `<sst><si><t>x</t></si></sst>`,
		"xl/styles.xml":              `<styleSheet><cellXfs><xf numFmtId="0"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData><row r="1"><c t="s"><v>0</v></c></row></sheetData></worksheet>`,
	}
	path := filepath.Join(t.TempDir(), "bomb.xlsx")
	f, err := os.Create(path)
	no(t, err)
	z := zip.NewWriter(f)
	for name, text := range parts {
		if name == part {
			continue
		}
		w, err := z.Create(name)
		no(t, err)
		_, err = w.Write([]byte(text))
		no(t, err)
	}
	w, err := z.CreateRaw(&zip.FileHeader{Name: part, Method: zip.Deflate, CompressedSize64: uint64(len(packed)), UncompressedSize64: says, CRC32: crc32.ChecksumIEEE(nil)})
	no(t, err)
	_, err = w.Write(packed)
	no(t, err)
	no(t, z.Close())
	no(t, f.Close())
	return path
}

// TestConsoleBomb chooses files that unpack to far more than they are, most of them to gigabytes: each is refused, with the reason, and little
// of it is ever in memory.
func TestConsoleBomb(t *testing.T) {
	t.Parallel()
	c, a := directory.startWithAgent(t)
	p := c.signedIn(t, a.key)
	p.visit("create")
	p.find("heading", "Create a table")
	const most = 400 << 20 // bytes of JavaScript's memory
	mega := strings.Repeat("a", 1<<20)
	runs := "<r><t>" + mega + "</t></r>"
	gz := append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), deflated(t, "a,b\n", mega, 64, "")...)
	sum := crc32.ChecksumIEEE([]byte("a,b\n"))
	for range 64 {
		sum = crc32.Update(sum, crc32.IEEETable, []byte(mega))
	}
	gz = append(gz, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24), 4, 0, 0, 4) // and the size, 64 MiB and 4
	for _, x := range []struct{ what, path, want string }{
		{"a shared text in many pieces", bomb(t, "xl/sharedStrings.xml", deflated(t, "<sst><si>", runs, 8192, "</si></sst>"), 1000), "more text than a browser should hold"},
		{"a cell's text in many pieces", bomb(t, "xl/worksheets/sheet1.xml", deflated(t, `<worksheet><sheetData><row r="1"><c t="inlineStr"><is>`, runs, 8192, "</is></c></row></sheetData></worksheet>"), 1000), "more text than a browser should hold"},
		{"a row of many texts", bomb(t, "xl/worksheets/sheet1.xml", deflated(t, `<worksheet><sheetData><row r="1">`, `<c t="inlineStr"><is><t>`+mega+`</t></is></c>`, 1900, "</row></sheetData></worksheet>"), 1000), "the row is longer than 16 million characters"},
		{"a text in one piece", bomb(t, "xl/worksheets/sheet1.xml", deflated(t, `<worksheet><sheetData><row r="1"><c t="str"><v>`, mega, 8192, "</v></c></row></sheetData></worksheet>"), 1000), "the row is longer than 16 million characters"},
		{"styles without an end", bomb(t, "xl/styles.xml", deflated(t, `<styleSheet><cellXfs>`, `<xf numFmtId="`+mega+`"/>`, 8192, "</cellXfs></styleSheet>"), 1000), "more text than a browser should hold"},
		{"a size that is told", bomb(t, "xl/worksheets/sheet1.xml", deflated(t, "<worksheet>", mega, 10, "</worksheet>"), 6<<30), "this workbook is too large for a browser"},
		{"a line without an end", written(t, "bomb.csv.gz", string(gz)), "longer than 16 million characters"},
	} {
		p.take(x.path)
		var peak float64
		p.until("the refusal of "+x.what, func(ctx context.Context, page *chromedp.Target) (bool, error) {
			use, err := cdp.Call(ctx, page, runtime.GetHeapUsage, cdp.Empty{})
			if err != nil {
				return false, err
			}
			peak = max(peak, use.UsedSize+use.EmbedderHeapUsedSize+use.BackingStorageSize)
			return chromedp.Evaluate[bool](shows(x.want))(ctx, page)
		})
		t.Logf("%s: %.0f MiB", x.what, peak/(1<<20))
		if peak > most {
			t.Errorf("%s took %.0f MiB of memory", x.what, peak/(1<<20))
		}
		p.click("button", "Another file")
	}
	// All parts together have a bound, whatever they say of themselves. To unpack so much would take minutes here.
	part := bomb(t, "xl/styles.xml", deflated(t, "<styleSheet>", "<a/>", 1000, "</styleSheet>"), 1000)
	b, err := os.ReadFile(part)
	no(t, err)
	got := evaluate[string](p, fmt.Sprintf(`import('/console/files/zip.js').then(async ({Zip, maxUnpack}) => {
		const zip = await Zip.open(new Blob([new Uint8Array(%s)]))
		zip.unpacked = maxUnpack - 1000
		try { for await (const _ of zip.text('xl/styles.xml')); } catch (err) { return err.message }
		return ''
	})`, strings.ReplaceAll(fmt.Sprint(b), " ", ",")))
	if want := "the workbook unpacks to more than 4 GiB"; got != want {
		t.Errorf("a workbook that unpacks to more than its bound: %q", got)
	}
	if all, err := a.tables(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("there are tables: %v %v", all, err)
	}
}
