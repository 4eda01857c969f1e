use super::*;

fn who(holdings: &[(&str, &str)]) -> Principal {
    let holdings = holdings.iter().map(|(permission, name)| Holding {
        role: "r".into(),
        permission: (*permission).into(),
        within: Within::parse(name).unwrap(),
    });
    Principal {
        identity: IdentityId::NOTHING,
        name: "a".into(),
        display_name: "A".into(),
        kind: Kind::Person,
        session: SessionId::NOTHING,
        ends: Timestamp(0),
        idle_ends: Timestamp(0),
        handle: Handle {
            generation: 1,
            issued: Timestamp(0),
            used: Some(Timestamp(0)),
            retired: None,
            offered: None,
            offers: 0,
        },
        assurance: Assurance { authentication: AuthenticationId::NOTHING, method: Method::Password, at: Timestamp(0) },
        has_second_factor: false,
        privileges_version: 0,
        machines: Vec::new(),
        unread: 0,
        unconfirmed: None,
        roles: Vec::new(),
        holdings: holdings.collect(),
        walled_off: Vec::new(),
        policy: 0,
        now: Timestamp(0),
    }
}

fn dev() -> Environment {
    Environment::parse("dev").unwrap()
}

#[test]
fn a_permission_counts_only_where_it_is_held() {
    let reads = |holdings: &[(&str, &str)]| who(holdings).holds("read").within(&dev()).outcome();
    assert_eq!(reads(&[("read", "dev")]), Ok(Grounds::ROLE));
    assert_eq!(reads(&[("read", "*")]), Ok(Grounds::ROLE));
    assert_eq!(reads(&[("read", "staging")]), Err(Reason::OtherEnvironment));
    assert_eq!(reads(&[("read", "staging"), ("read", "dev")]), Ok(Grounds::ROLE));
    assert_eq!(reads(&[("write", "dev")]), Err(Reason::NoPermission));
    assert_eq!(reads(&[]), Err(Reason::NoPermission));
}

#[test]
fn a_wall_outweighs_every_role() {
    let walled = |holdings: &[(&str, &str)]| Principal { walled_off: vec![dev()], ..who(holdings) };
    for held in ["dev", "*"] {
        let who = walled(&[("read", held)]);
        assert_eq!(who.holds("read").within(&dev()).outcome(), Err(Reason::NoMachines));
        assert!(who.holds("read").environments().is_nowhere());
    }
    let staging = Environment::parse("staging").unwrap();
    let who = walled(&[("read", "dev"), ("read", "staging")]);
    assert!(who.holds("read").within(&staging).allows());
    assert_eq!(who.holds("read").environments(), Environments::Only([staging].into()));
}

#[test]
fn somewhere_is_any_environment_and_everywhere_is_all_of_them() {
    let only = who(&[("read", "dev")]);
    assert!(only.holds("read").somewhere().allows() && !only.holds("read").everywhere().allows());
    assert!(who(&[("read", "*")]).holds("read").everywhere().allows());
    assert!(!who(&[("write", "*")]).holds("read").somewhere().allows());
}

#[test]
fn a_permission_is_held_in_all_that_its_rows_name() {
    let held = |holdings: &[(&str, &str)]| who(holdings).holds("read").environments();
    let only =
        |names: &[&str]| Environments::Only(names.iter().map(|name| Environment::parse(name).unwrap()).collect());
    assert_eq!(held(&[("read", "staging"), ("read", "dev"), ("write", "prod")]), only(&["dev", "staging"]));
    assert_eq!(held(&[("read", "dev"), ("read", "*")]), Environments::Everywhere);
    assert_eq!(held(&[("write", "*")]), only(&[]));
    assert_eq!(only(&["dev", "staging"]).and(only(&["dev", "prod"])), only(&["dev"]));
    assert_eq!(Environments::Everywhere.and(only(&["dev"])), only(&["dev"]));
    assert_eq!(Environments::Everywhere.and(Environments::Everywhere), Environments::Everywhere);
}

#[test]
fn what_has_no_environment_needs_reach_everywhere() {
    let reads = |holdings: &[(&str, &str)], environment: Option<&Environment>| {
        who(holdings).holds("read").within_its(environment).outcome()
    };
    assert_eq!(reads(&[("read", "dev")], Some(&dev())), Ok(Grounds::ROLE));
    assert_eq!(reads(&[("read", "dev")], None), Err(Reason::NoPermission));
    assert_eq!(reads(&[("read", "staging")], Some(&dev())), Err(Reason::OtherEnvironment));
    assert_eq!(reads(&[("read", "*")], None), Ok(Grounds::ROLE));
}

#[test]
fn an_authentication_is_fresh_for_five_minutes() {
    let at = |now| Principal { now: Timestamp(now), ..who(&[]) }.freshly_authenticated().allows();
    assert!(at(0) && at(300_000) && !at(300_001));
    assert!(at(-5_000), "the clock of another node is ahead");
    assert!(!at(-5_001), "never in advance");
}

/// G24.
#[test]
fn a_machine_that_one_owns_counts_as_oneself() {
    let owner = Principal { machines: vec!["ci".into()], ..who(&[]) };
    assert_eq!(owner.is_not("ci").outcome(), Err(Reason::SamePerson));
    assert_eq!(owner.is_not("a").outcome(), Err(Reason::SamePerson));
    assert!(owner.is_not("other").allows());
}
