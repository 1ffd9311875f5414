package datafile

import "fmt"

// judge gives a column its type, by its values alone where the format declares none.
func (in *inference) judge(f *facts, declared Type, pc *PlanColumn) {
	comma := in.opts.DecimalComma
	pc.Type = TypeText
	switch {
	case f.values() == 0:
		if declared != "" {
			pc.Type = declared
		} else {
			pc.Reason = "there is no value"
		}
	case declared == TypeText:
	case in.bare && f.quoted.row > 0: // not a file that quotes whatever it has
		pc.Reason = fmt.Sprintf("row %d has %s in quotes, while others have none", f.quoted.row, shown(f.quoted.text))
	case f.fits(classBool):
		pc.Type = TypeBoolean
	case f.fits(classInt, classHuge) && declared != TypeFloat:
		pc.Type = TypeInt
	case f.fits(classInt, classFloat) && !(comma && f.count[classFloat] > 0 && !in.typed):
		pc.Type = TypeFloat
	case (f.count[classComma] > 0 || comma) && f.fits(classInt, classComma, classEither):
		pc.Type, pc.DecimalComma = TypeFloat, true
	case f.fits(classISO, classMonth, classOrdered):
		in.judgeDates(f, pc)
	default:
		pc.Reason = f.whyText(comma)
	}
}

// judgeDates settles the order of day and month, if there is no doubt.
func (in *inference) judgeDates(f *facts, pc *PlanColumn) {
	order := in.opts.DateOrder
	switch ordered := f.count[classOrdered] > 0; {
	case !ordered:
		order = ""
	case order == DayFirst && f.notDay, order == MonthFirst && f.notMonth, f.notDay && f.notMonth:
		pc.Reason = "dates that are not all in one order, as " + f.example(classOrdered)
		return
	case order != "":
	case f.notDay:
		order = MonthFirst
	case f.notMonth:
		order = DayFirst
	default:
		pc.Reason = fmt.Sprintf("dates whose order of day and month no value proves, as %s; --date-order dmy or mdy gives it", f.example(classOrdered))
		return
	}
	pc.Type, pc.DateOrder = TypeDateTime, order
}

// whyText says what keeps a column from another type. A column of texts needs no reason.
func (f *facts) whyText(comma bool) string {
	if f.count[classOther]*2 > f.values() {
		return ""
	}
	if comma && f.count[classFloat] > 0 && f.fits(classInt, classFloat, classComma, classEither) {
		return fmt.Sprintf("row %d has a decimal point, %s", f.first[classFloat].row, shown(f.first[classFloat].text))
	}
	if p := f.first[classOther]; p.row > 0 {
		return fmt.Sprintf("mixed: row %d has %s", p.row, shown(p.text))
	}
	for _, k := range []class{classZeros, classLong, classPrecise, classCode, classFraction, classText, classJSON, classEither, classHuge} {
		if p := f.first[k]; p.row > 0 {
			return fmt.Sprintf("%s: row %d has %s", whyText[k], p.row, shown(p.text))
		}
	}
	rare := classNone
	for k := range classes {
		if f.count[k] > 0 && (rare == classNone || f.count[k] < f.count[rare]) {
			rare = k
		}
	}
	return fmt.Sprintf("mixed: row %d has %s", f.first[rare].row, shown(f.first[rare].text))
}

// Changes says which values the column's field, as its type and the rest are now, has otherwise than the file writes them, and how they are read.
func (c *PlanColumn) Changes() []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, c.Name+" "+fmt.Sprintf(format, args...)) }
	if (c.Type == TypeFloat || c.Type == TypeInt) && c.DecimalComma && c.comma != "" {
		say("has decimal commas, as %s", shown(c.comma))
	}
	if c.Type != TypeDateTime {
		return all
	}
	if c.DateOrder != "" && c.ordered != "" {
		say("has dates in the order %s, as %s", orderWords(c.DateOrder), shown(c.ordered))
	}
	utc, _, ok := readISO(c.shifted.text)
	if !ok {
		var err error
		utc, err = dateTime(c.shifted.text, c.DateOrder)
		ok = err == nil
	}
	if ok {
		say("is kept in UTC: %s becomes %s", c.shifted.text, utc)
		if c.local.row != 0 {
			say("has times without an offset, too, as %s in row %d: they are taken for UTC", c.local.text, c.local.row)
		}
	}
	return all
}
