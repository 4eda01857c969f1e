use super::*;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

const ME: u32 = 1000;
const MY_GROUP: u32 = 2000;
const ANOTHER: u32 = 3000;

fn me() -> Me {
    Me { user: ME, groups: vec![MY_GROUP] }
}

const fn access(owner: u32, group: u32, mode: u32) -> Access {
    Access { owner, group, mode }
}

#[test]
fn a_folder_is_ours_alone_or_a_volume_of_our_group() {
    let path = Path::new("data");
    for (owner, group, mode) in
        [(ME, ANOTHER, 0o700), (ME, MY_GROUP, 0o500), (ROOT, MY_GROUP, 0o2770), (ME, MY_GROUP, 0o2770)]
    {
        assert!(access(owner, group, mode).check_folder(path, &me()).is_ok(), "{owner} {group} {mode:o}");
    }
    for (owner, group, mode) in
        [(ROOT, ROOT, 0o1777), (ROOT, MY_GROUP, 0o700), (ROOT, MY_GROUP, 0o2775), (ANOTHER, MY_GROUP, 0o2770)]
    {
        let error = access(owner, group, mode).check_folder(path, &me()).expect_err("it is refused");
        let sentence = error.to_string();
        assert!(matches!(error, FolderError::SomebodyElses { .. }), "{sentence}");
        assert!(sentence.contains(&format!("user {owner}")) && sentence.contains(&format!("{mode:04o}")));
    }
    for (owner, group, mode) in [
        (ME, MY_GROUP, 0o755),
        (ME, MY_GROUP, 0o750),
        (ME, MY_GROUP, 0o701),
        (ME, ANOTHER, 0o2770),
        (ME, MY_GROUP, 0o2775),
    ] {
        let error = access(owner, group, mode).check_folder(path, &me()).expect_err("it is refused");
        assert!(matches!(error, FolderError::OpenToOthers { .. }), "{owner} {group} {mode:o}");
    }
}

#[test]
fn a_file_is_for_its_owner_or_for_a_group_of_this_process() {
    let folder = access(ME, MY_GROUP, 0o700);
    let volume = access(ROOT, MY_GROUP, 0o2770);
    let is_private = |owner, group, mode, folder| access(owner, group, mode).keeps_a_file_private(folder, false, &me());
    for (owner, group, mode) in [(ME, ANOTHER, 0o600), (ROOT, MY_GROUP, 0o440), (ME, MY_GROUP, 0o640)] {
        assert!(is_private(owner, group, mode, folder), "{owner} {group} {mode:o}");
    }
    for (owner, group, mode) in
        [(ROOT, MY_GROUP, 0o444), (ME, ANOTHER, 0o640), (ME, MY_GROUP, 0o660), (ME, MY_GROUP, 0o602)]
    {
        assert!(!is_private(owner, group, mode, folder), "{owner} {group} {mode:o}");
    }
    assert!(is_private(ME, MY_GROUP, 0o660, volume), "an fsGroup adds these bits");
    assert!(!is_private(ME, ANOTHER, 0o660, volume));
}

#[test]
fn a_secret_mounted_read_only_may_be_readable_by_all() {
    let mounted = |owner, mode| access(owner, ROOT, mode).keeps_a_file_private(access(ROOT, ROOT, 0o755), true, &me());
    assert!(mounted(ROOT, 0o444) && mounted(ROOT, 0o644));
    assert!(!mounted(ROOT, 0o646) && !mounted(ROOT, 0o664) && !mounted(ANOTHER, 0o444));
}

#[test]
fn a_link_leads_to_a_private_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, link) = (folder.path().join("..data"), folder.path().join("secret"));
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("secret"), "hunter2").unwrap();
    symlink("..data/secret", &link).unwrap();
    let mode = |mode| set_permissions(data.join("secret"), Permissions::from_mode(mode)).unwrap();
    for good in [0o440, 0o400, 0o640] {
        mode(good);
        assert!(read(&link, 100).is_ok_and(|text| **text == *b"hunter2"), "{good:o}");
    }
    for open in [0o444, 0o644, 0o604, 0o660] {
        mode(open);
        assert!(matches!(read(&link, 100), Err(NotPrivate::OpenToOthers)), "{open:o}");
    }
    std::fs::remove_file(data.join("secret")).unwrap();
    assert!(matches!(read(&link, 100), Err(NotPrivate::NotAFile)), "a link to nothing");
    assert!(matches!(read(&data, 100), Err(NotPrivate::NotAFile)), "a folder");
    assert!(matches!(read(&folder.path().join("absent"), 100), Err(NotPrivate::Absent)));
}

#[test]
fn an_existing_folder_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let (shared, own) = (folder.path().join("shared"), folder.path().join("deep/own"));
    std::fs::create_dir(&shared).unwrap();
    set_permissions(&shared, Permissions::from_mode(0o755)).unwrap();
    let sentence = make_folder(&shared).expect_err("it is refused").to_string();
    assert!(sentence.contains("mode 0755") && sentence.contains("chmod 700"), "{sentence}");
    assert_eq!(shared.metadata().unwrap().mode() & 0o777, 0o755);
    make_folder(&own).unwrap();
    assert_eq!(own.metadata().unwrap().mode() & 0o777, 0o700);
    // A folder without the right to write is no reason for chmod either; what fails then is the write.
    set_permissions(&own, Permissions::from_mode(0o500)).unwrap();
    make_folder(&own).unwrap();
    assert_eq!(own.metadata().unwrap().mode() & 0o777, 0o500);
    std::fs::write(folder.path().join("file"), "").unwrap();
    assert!(matches!(make_folder(&folder.path().join("file")), Err(FolderError::NotAFolder(_))));
}
