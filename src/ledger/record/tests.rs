use super::*;
use crate::ledger::Form;
use std::collections::BTreeSet;

#[test]
fn no_two_fields_have_the_same_name() {
    for name in [|field: &Field| field.column, |field: &Field| field.name] {
        assert_eq!(FIELDS.iter().map(name).collect::<BTreeSet<_>>().len(), FIELDS.len());
    }
}

/// The canonical bytes say once whether a part is there.
#[test]
fn the_fields_of_a_part_stand_together() {
    let mut parts: Vec<_> = FIELDS.iter().map(|field| field.part).collect();
    parts.dedup();
    assert_eq!(parts, [Part::Record, Part::Who, Part::Record, Part::Policy, Part::Record]);
}

#[test]
fn half_a_part_is_no_record() {
    let read = |given: &'static [&'static str]| {
        AuditEntry::read(|field| {
            let text = match field.column {
                "id" | "identity" => "01kb0000000000000000000001",
                "entry" => "page",
                "kind" => "person",
                _ => "",
            };
            let value = match field.form {
                Form::Text => Value::Text(text.into()),
                Form::Number => Value::Number(1),
                Form::Time => Value::Time(Timestamp(1)),
                Form::Decision => Value::Decision(true),
            };
            let is_given = given.contains(&field.column) || (field.part == Part::Record && field.required);
            Ok::<_, BadRecord>(is_given.then_some(value))
        })
    };
    assert!(read(&[]).is_ok());
    assert!(read(&["identity", "name", "kind", "policy_version", "policy_rows"]).is_ok());
    assert_eq!(read(&["identity", "name"]), Err(BadRecord("kind")));
    assert_eq!(read(&["authenticated_at"]), Err(BadRecord("identity")));
    assert_eq!(read(&["policy_rows"]), Err(BadRecord("policy_version")));
}
