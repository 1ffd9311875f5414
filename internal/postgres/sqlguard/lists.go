package sqlguard

import "strings"

// What a question may be made of. These are lists of what is allowed: what a later version of the grammar adds is refused until somebody
// has looked at it. An addition needs a test that tries to abuse it.

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

type lists struct {
	nodes, fields, functions, own, types, operators, kinds, values, system, needles map[string]bool
}

func newLists() *lists {
	return &lists{
		nodes: set(`SelectStmt ResTarget ColumnRef ParamRef A_Star A_Const Integer Float Boolean String A_Expr BoolExpr NullTest BooleanTest
			SubLink CaseExpr CaseWhen CoalesceExpr MinMaxExpr FuncCall TypeCast SortBy WindowDef RangeVar RangeSubselect JoinExpr
			CommonTableExpr List A_ArrayExpr SQLValueFunction GroupingSet GroupingFunc A_Indirection A_Indices RowExpr CollateClause RangeFunction`),
		fields: set(`targetList fromClause whereClause groupClause groupDistinct havingClause windowClause valuesLists sortClause limitOffset limitCount
			limitOption withClause op all larg rarg distinctClause
			name val location fields number isnull ival fval sval boolval kind lexpr rexpr boolop args arg nulltesttype booltesttype
			subLinkType testexpr subselect expr result defresult funcname agg_order agg_filter over agg_within_group agg_star agg_distinct
			func_variadic funcformat names typemod typmods typeName node sortby_dir sortby_nulls refname partitionClause orderClause
			frameOptions startOffset endOffset relname inh relpersistence alias aliasname colnames lateral subquery jointype isNatural
			usingClause join_using_alias quals rtindex ctes recursive ctename aliascolnames ctematerialized ctequery items elements typmod content
			indirection is_slice lidx uidx row_format collname functions ordinality is_rowsfrom`),
		functions: set(`count sum avg min max stddev stddev_pop stddev_samp variance var_pop var_samp corr bool_and bool_or every string_agg array_agg
			json_agg percentile_cont percentile_disc mode row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value
			nth_value abs ceil ceiling floor round trunc sign mod power pow sqrt exp ln log log10 random greatest least pi div width_bucket
			lower upper initcap length char_length character_length octet_length btrim ltrim rtrim replace substring substr position strpos
			left right split_part reverse concat concat_ws starts_with like_escape ascii chr overlay translate to_char to_date to_timestamp
			to_number date_trunc date_part extract now age make_date date timezone justify_days justify_hours justify_interval
			generate_series array_length cardinality json_build_object row_to_json to_json`),
		// Those of the schema stele_functions: without a schema alone, so that none of the server's is meant that is not on the list above.
		own:       set(`ifnull iif if likely unlikely log2 instr unicode hex lpad rpad repeat printf datetime julianday unixepoch strftime group_concat total`),
		types:     set(`int2 int4 int8 float4 float8 numeric text varchar bpchar bool date time timetz timestamp timestamptz interval json unknown`),
		operators: set(`+ - * / % ^ = <> != < > <= >= || ~~ !~~ ~~* !~~* -> ->>`),
		kinds: set(`AEXPR_OP AEXPR_OP_ANY AEXPR_OP_ALL AEXPR_DISTINCT AEXPR_NOT_DISTINCT AEXPR_NULLIF AEXPR_IN AEXPR_LIKE AEXPR_ILIKE
			AEXPR_BETWEEN AEXPR_NOT_BETWEEN AEXPR_BETWEEN_SYM AEXPR_NOT_BETWEEN_SYM`),
		values: set(`SVFOP_CURRENT_DATE SVFOP_CURRENT_TIME SVFOP_CURRENT_TIME_N SVFOP_CURRENT_TIMESTAMP SVFOP_CURRENT_TIMESTAMP_N SVFOP_LOCALTIME
			SVFOP_LOCALTIME_N SVFOP_LOCALTIMESTAMP SVFOP_LOCALTIMESTAMP_N`),
		system: set(`ctid xmin xmax cmin cmax tableoid`),
		// With long needles these run for minutes, and nothing interrupts them.
		needles: set(`strpos position replace split_part translate btrim ltrim rtrim like_escape instr`),
	}
}
