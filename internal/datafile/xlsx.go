package datafile

import "errors"

func (r *Reader) beginWorkbook() error { return errors.New("not yet") }
