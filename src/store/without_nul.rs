//! PostgreSQL holds no NUL in text, and no escape of one in JSON; SQLite does. It says nothing to anybody, so it is left out
//! where a value is bound: then one such character, whoever wrote it, costs neither its neighbours nor the whole statement.

use sqlx::{
    Encode, Postgres, Type, TypeInfo as _,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo},
};

/// A value that is bound without NUL.
pub(super) struct WithoutNul<T>(pub T);

impl<T: Type<Postgres>> Type<Postgres> for WithoutNul<T> {
    fn type_info() -> PgTypeInfo {
        T::type_info()
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        T::compatible(ty)
    }
}

impl<'q, T: Encode<'q, Postgres> + Type<Postgres>> Encode<'q, Postgres> for WithoutNul<T> {
    fn encode(self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let from = buffer.len();
        let null = self.0.encode(buffer)?;
        clean::<T>(buffer, from);
        Ok(null)
    }

    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let from = buffer.len();
        let null = self.0.encode_by_ref(buffer)?;
        clean::<T>(buffer, from);
        Ok(null)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        self.0.produces()
    }

    fn size_hint(&self) -> usize {
        self.0.size_hint()
    }
}

fn clean<T: Type<Postgres>>(buffer: &mut PgArgumentBuffer, from: usize) {
    let written = buffer.get(from..).unwrap_or_default();
    let cleaned = match T::type_info().name() {
        "TEXT" | "VARCHAR" => text(written),
        "JSON" | "JSONB" => json(written),
        _ => None,
    };
    if let Some(cleaned) = cleaned {
        buffer.truncate(from);
        buffer.extend_from_slice(&cleaned);
    }
}

/// Text without NUL, if it has any.
fn text(written: &[u8]) -> Option<Vec<u8>> {
    written.contains(&0).then(|| written.iter().copied().filter(|byte| *byte != 0).collect())
}

/// JSON without the escape of NUL, if it has any.
pub(super) fn json(written: &[u8]) -> Option<Vec<u8>> {
    const NUL: &[u8] = b"\\u0000";
    let mut cleaned = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some((first, after)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(NUL) {
            rest = behind;
            continue;
        }
        cleaned.push(*first);
        rest = after;
        // What follows a backslash belongs to it, and is no beginning of an escape.
        if *first == b'\\'
            && let Some((escaped, after)) = rest.split_first()
        {
            cleaned.push(*escaped);
            rest = after;
        }
    }
    (cleaned.len() < written.len()).then_some(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_for_nul_is_left_out() {
        assert_eq!(text(b"a\0b\0").unwrap(), b"ab");
        assert_eq!(text(b"ab"), None);
        assert_eq!(json(br#"["a\u0000b\\u0000", "\u0001"]"#).unwrap(), br#"["ab\\u0000", "\u0001"]"#);
        assert_eq!(json(br#"["\\\u0000"]"#).unwrap(), br#"["\\"]"#);
        assert_eq!(json(br#"["\\u0000"]"#), None);
    }
}
