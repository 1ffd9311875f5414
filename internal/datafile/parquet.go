package datafile

import "errors"

func (r *Reader) beginParquet() error { return errors.New("not yet") }
