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
