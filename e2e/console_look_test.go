package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestConsoleChinese opens the dialogs of the console in Chinese, where its words are shorter or longer than the English ones, and audits each.
func TestConsoleChinese(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 30)
	p := c.signedIn(t, table.key)
	p.prefer("light", "zh")
	p.find("navigation", "主导航")
	for _, d := range []struct{ place, role, opens, title string }{
		{"tables/" + table.id, "button", "添加记录", "向 parcels 添加记录"},
		{"tables/" + table.id, "button", "列", "列"},
		{"tables/" + table.id, "button", "导出", "导出"},
		{"ask", "button", "保存", "保存查询"},
	} {
		p.visit(d.place)
		p.click(d.role, d.opens)
		p.find("dialog", d.title)
		p.audit()
		p.press(kb.Escape)
		p.left("dialog", d.title)
	}
	p.visit("tables/" + table.id)
	p.click("button", "筛选")
	p.find("combobox", "条件")
	p.audit()
	for _, d := range []struct{ item, title string }{{"修改字段", "修改 parcels"}, {"删除数据表", "删除 parcels？"}} {
		p.click("button", "更多操作")
		p.click("menuitem", d.item)
		p.find("dialog", d.title)
		p.audit()
		p.press(kb.Escape)
		p.left("dialog", d.title)
	}
	p.visit("create?by=form")
	p.fill("textbox", "名称", "一")
	p.expect("status of 400")
	p.click("button", "新建数据表")
	p.see("Invalid table name")
	p.audit()
	p.visit("activity")
	p.named("button", "导入“parcels”的详情")
	p.clickOn(p.named("button", "导入“parcels”的详情"), 1)
	p.find("dialog", "导入到“parcels”")
	p.audit()
	p.press(kb.Escape)
	p.click("button", "退出登录")
	p.find("heading", "登录")
	p.expect("status of 401")
	p.fill("textbox", "API 密钥或管理员密钥", adminKey)
	p.click("button", "登录")
	p.find("navigation", "主导航")
	p.click("button", "新建智能体")
	p.find("dialog", "新建智能体")
	p.audit()
	p.press(kb.Escape)
	p.visit("agents/" + table.caller.id)
	p.click("button", "新建密钥")
	p.find("dialog", "新建密钥")
	p.audit()
	p.press(kb.Escape)
	for _, tab := range []string{"数据表", "查询记录", "导入记录", "密钥"} {
		p.click("tab", tab)
		p.audit()
	}
	p.named("button", "吊销 key_")
	p.clickOn(p.named("button", "吊销 key_"), 1)
	p.named("dialog", "吊销密钥")
	p.audit()
}

// TestConsoleViewsApart goes from view to view: what a class looks like in one says nothing in the next.
func TestConsoleViewsApart(t *testing.T) {
	t.Parallel()
	c := directory.start(t)
	table := someParcels(t, c, 3)
	asks(t, table.caller, "SELECT code FROM parcels", 200)
	p := c.signedIn(t, table.key)
	p.visit("ask")
	p.find("button", "Write parcels into the question")
	look := func() string {
		return evaluate[string](p, `[...document.querySelectorAll('.view, .view *')].map(el => { const s = getComputedStyle(el); return el.localName + '.' + el.className + ' ' + [s.display, s.padding, s.borderWidth, s.fontSize, s.gap].join('/') }).join('\n')`)
	}
	p.idle()
	was := look()
	for _, v := range [][2]string{{"create", "Create a table"}, {"activity?tab=questions", "Activity"}, {"tables/" + table.id, "parcels"}, {"tables", "Tables"}, {"connect", "Connect"}, {"reference", "API reference"}} {
		evaluate[string](p, `location.hash = '#/`+v[0]+`'`) // the page stays, and with it what it has loaded
		p.find("heading", v[1])
		p.idle()
	}
	evaluate[string](p, `location.hash = '#/ask'`)
	p.find("button", "Write parcels into the question")
	p.idle()
	if is := look(); is != was {
		t.Errorf("the view looks otherwise after others:\n%s\nit was:\n%s", is, was)
	}
	p.audit()
}
