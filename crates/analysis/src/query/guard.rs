//! Looks at a query before polars does: one `SELECT`, over tables of the results and nothing else.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use model::config::nearest;
use sqlparser::ast::{
    Expr, FunctionArguments, Ident, Query, Select, SelectItem, Statement, TableFactor, Visit, Visitor,
    visit_expressions_mut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::AnalysisError;

/// Most words and signs of a query, lists aside: chains of operators, joins or unions are trees as deep as they are long,
/// and too deep a tree would end the process.
const MOST_WORDS: usize = 1000;

/// What a query names.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The query, with `user` for the column.
    pub(super) sql: String,
    /// Tables of the results, in the order they are named.
    pub(super) tables: Vec<String>,
    /// Columns, as far as they are plain names.
    pub(super) columns: BTreeSet<String>,
    /// Names that the query gives itself.
    pub(super) aliases: BTreeSet<String>,
}

/// Reads a query.
///
/// # Errors
/// It is not one `SELECT`, or wants something that is no table of the results.
pub(super) fn read(sql: &str, tables: &[&str]) -> Result<Asked, AnalysisError> {
    let malformed = |error: &dyn ToString| refused(error.to_string(), "write one SELECT in SQL");
    let tokens =
        Tokenizer::new(&GenericDialect, sql).tokenize_with_location().map_err(|error| malformed(&error))?;
    let words = tokens.iter().filter(|found| is_word(&found.token)).count();
    if words > MOST_WORDS {
        return Err(refused(
            format!("found {words} words and signs besides numbers and text; allowed: {MOST_WORDS}"),
            "write it shorter: SUM and AVG add up rows, x IN (1, 2, ...) holds lists of any length",
        ));
    }
    let mut parser = Parser::new(&GenericDialect).with_tokens_with_locations(tokens);
    let mut statements = parser.parse_statements().map_err(|error| malformed(&error))?;
    let sql = if name_columns(&mut statements) { listed(&statements) } else { sql.into() };
    let [statement] = statements.as_slice() else {
        return Err(refused(
            format!("found {} statements, expected one statement", statements.len()),
            "write one SELECT",
        ));
    };
    let mut names = Names { tables, own: BTreeSet::new(), asked: Asked { sql, ..Asked::default() } };
    // Names of common table expressions first: they may be used before the visitor comes to where they are defined.
    let _: ControlFlow<()> = statement.visit(&mut Own(&mut names.own));
    match statement.visit(&mut names) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(names.asked),
    }
}

fn is_word(token: &Token) -> bool {
    !matches!(
        token,
        Token::Whitespace(_) | Token::Comma | Token::Number(..) | Token::SingleQuotedString(_) | Token::EOF
    )
}

/// SQL has a function USER, called without parentheses; here it is a column. Whether there was one.
fn name_columns(statements: &mut [Statement]) -> bool {
    let mut any = false;
    for statement in statements {
        let _: ControlFlow<()> = visit_expressions_mut(statement, |expression| {
            if let Some(column) = user_of(expression) {
                *expression = column;
                any = true;
            }
            ControlFlow::Continue(())
        });
    }
    any
}

/// The column `user`, of a table or not, where an expression reads as the function.
fn user_of(expression: &Expr) -> Option<Expr> {
    let Expr::Function(function) = expression else { return None };
    let mut names: Vec<Ident> =
        function.name.0.iter().map(|part| part.as_ident().cloned()).collect::<Option<_>>()?;
    let plain = matches!(function.args, FunctionArguments::None);
    let last = names.last_mut().filter(|last| last.quote_style.is_none() && plain)?;
    if !last.value.eq_ignore_ascii_case("user") {
        return None;
    }
    *last = Ident::with_quote('"', "user");
    Some(match names.as_slice() {
        [name] => Expr::Identifier(name.clone()),
        _ => Expr::CompoundIdentifier(names),
    })
}

fn listed(statements: &[Statement]) -> String {
    let texts: Vec<String> = statements.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

fn refused(problem: String, help: &str) -> AnalysisError {
    AnalysisError::Query { problem, help: help.into() }
}

/// Collects the names of common table expressions.
struct Own<'a>(&'a mut BTreeSet<String>);

impl Visitor for Own<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let expressions = query.with.iter().flat_map(|with| &with.cte_tables);
        self.0.extend(expressions.map(|expression| expression.alias.name.value.clone()));
        ControlFlow::Continue(())
    }
}

struct Names<'a> {
    tables: &'a [&'a str],
    own: BTreeSet<String>,
    asked: Asked,
}

impl Names<'_> {
    fn table(&mut self, name: &str) -> ControlFlow<AnalysisError> {
        if self.own.contains(name) || self.asked.tables.iter().any(|known| known == name) {
            return ControlFlow::Continue(());
        }
        if !self.tables.contains(&name) {
            let suggestion = nearest(name, self.tables.iter().copied())
                .map_or(String::new(), |name| format!("did you mean \"{name}\"? "));
            let help = format!("{suggestion}tables here: {}", self.tables.join(", "));
            return ControlFlow::Break(refused(format!("no table \"{name}\""), &help));
        }
        self.asked.tables.push(name.into());
        ControlFlow::Continue(())
    }
}

impl Visitor for Names<'_> {
    type Break = AnalysisError;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<AnalysisError> {
        if matches!(statement, Statement::Query(_)) {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(refused(
            "only SELECT is allowed".into(),
            "recorded results are read and never changed",
        ))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<AnalysisError> {
        if select.into.is_some() {
            return ControlFlow::Break(refused(
                "SELECT ... INTO writes a table".into(),
                "leave INTO out, and redirect the output to a file",
            ));
        }
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.asked.aliases.insert(alias.value.clone());
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<AnalysisError> {
        match factor {
            TableFactor::Table { args: None, name, .. } => {
                self.table(&name.0.last().map_or(String::new(), plain))
            }
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } | TableFactor::UNNEST { .. } => {
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(refused(
                "functions that read files are not allowed".into(),
                &format!("tables here: {}", self.tables.join(", ")),
            )),
        }
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<AnalysisError> {
        match expression {
            Expr::Identifier(name) => self.asked.columns.insert(name.value.clone()),
            Expr::CompoundIdentifier(parts) => {
                parts.last().is_some_and(|name| self.asked.columns.insert(name.value.clone()))
            }
            _ => false,
        };
        ControlFlow::Continue(())
    }
}

fn plain(part: &sqlparser::ast::ObjectNamePart) -> String {
    part.as_ident().map_or_else(|| part.to_string(), |name| name.value.clone())
}
