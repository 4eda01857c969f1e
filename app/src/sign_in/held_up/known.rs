//! The actions that need a confirmation, with their texts.

use super::HeldUp;

const fn held_up(action: &'static str, what: &'static str, then: &'static str) -> HeldUp {
    HeldUp { action, what, then }
}

pub(super) const KNOWN: &[HeldUp] = &[
    held_up(
        "secret.add",
        "add this secret",
        "Confirmed. The secret was not added: fill in the form again, then press “Add the secret”.",
    ),
    held_up(
        "secret.copy",
        "copy this secret",
        "Confirmed. Nothing was copied: fill in the form again, then press “Copy the secret”.",
    ),
    held_up(
        "secret.change_selected",
        "change these secrets",
        "Confirmed. Nothing was changed yet: press the button below the list again.",
    ),
    held_up(
        "identity.add",
        "add a person",
        "Confirmed. Nobody was added: fill in the form again, then press “Add and make an invitation”.",
    ),
    held_up("identity.invite", "make an invitation", "Confirmed. Press “Make a new invitation” again."),
    held_up(
        "identity.reset_password",
        "make a link for a new password",
        "Confirmed. Press “Make a link for a new password” again.",
    ),
    held_up(
        "identity.disable",
        "disable this account",
        "Confirmed. The account is not disabled yet: press “Disable the account” again.",
    ),
    held_up(
        "identity.enable",
        "enable this account",
        "Confirmed. The account is still disabled: press “Enable the account” again.",
    ),
    held_up(
        "role.give",
        "give this role",
        "Confirmed. No role was given: choose it again, then press “Give the role”.",
    ),
    held_up("role.take", "take this role away", "Confirmed. The role was not taken away: press “Take away” again."),
    held_up("secret.canary", "make this secret a canary", "Confirmed. Press the button again: nothing was changed."),
    held_up(
        "secret.add_decoy",
        "add a decoy",
        "Confirmed. No decoy was added: choose again, then press “Add a decoy”.",
    ),
    held_up(
        "secret.preview_import",
        "import secrets",
        "Confirmed. Nothing was imported: paste the file again, then press “Preview”.",
    ),
    held_up(
        "secret.import",
        "import these secrets",
        "Confirmed. Nothing was imported: paste the file again, then press “Preview”.",
    ),
    held_up(
        "secret.export_values",
        "export values",
        "Confirmed. Nothing was exported: fill in the form again, then press “Export the values”.",
    ),
    held_up(
        "secret.deliver",
        "deliver this value",
        "Confirmed. Nothing was delivered: fill in the form again, then press “Deliver”.",
    ),
    held_up(
        "delivery.add",
        "deliver this value",
        "Confirmed. Nothing was delivered: fill in the form again, then press “Deliver”.",
    ),
    held_up("delivery.take", "open this delivery", "Confirmed. It was not opened yet: press “Open” again."),
    held_up(
        "group.add_member",
        "add somebody to a group",
        "Confirmed. Nobody was added: fill in the form again, then press “Add to the group”.",
    ),
    held_up("group.remove_member", "remove a member", "Confirmed. The member was not removed: press “Remove” again."),
    held_up(
        "group.give_role",
        "give this role to a group",
        "Confirmed. No role was given: choose it again, then press “Give the role”.",
    ),
    held_up(
        "group.take_role",
        "take this role away",
        "Confirmed. The role was not taken away: press “Take away” again.",
    ),
    held_up(
        "group.remove",
        "remove this group",
        "Confirmed. The group is still there: type its name again, then press “Remove the group”.",
    ),
    held_up(
        "machine.add",
        "add a machine",
        "Confirmed. No machine was added: fill in the form again, then press “Add the machine”.",
    ),
    held_up(
        "machine.make_credential",
        "make a client secret",
        "Confirmed. No client secret was made: fill in the form again, then press “Make a client secret”.",
    ),
    held_up(
        "machine.add_key",
        "add a public key to this machine",
        "Confirmed. No key was added: paste it again, then press “Add the public key”.",
    ),
    held_up(
        "machine.revoke_credential",
        "revoke this credential",
        "Confirmed. The credential still works: press “Revoke” beside it again.",
    ),
    held_up(
        "machine.end_session",
        "end this session",
        "Confirmed. The session has not ended: press “End” beside it again.",
    ),
    held_up(
        "machine.disable",
        "disable this machine",
        "Confirmed. The machine is not disabled yet: press “Disable the machine” again.",
    ),
    held_up(
        "machine.offer",
        "offer this machine",
        "Confirmed. It was not offered: enter the name again, then press “Offer the machine”.",
    ),
    held_up(
        "machine.accept",
        "become the owner of this machine",
        "Confirmed. You are not the owner yet: press “Become the owner” again.",
    ),
    held_up(
        "secret.share_with_group",
        "give a group access to this secret",
        "Confirmed. Access was not granted: choose the group again, then press “Grant access to the group”.",
    ),
    held_up(
        "role.edit",
        "change what a role holds",
        "Confirmed. The role was not changed: press “Preview the change” again.",
    ),
    held_up(
        "role.take_unused",
        "take these roles away",
        "Confirmed. No role was taken away: choose them again, then press “Take away the chosen roles”.",
    ),
    held_up(
        "environment.add",
        "add an environment",
        "Confirmed. Nothing was added: fill in the form again, then press “Add the environment”.",
    ),
    held_up(
        "environment.edit",
        "change an environment",
        "Confirmed. Nothing was changed: choose the rules again, then press “Save”.",
    ),
    held_up(
        "environment.remove",
        "remove this environment",
        "Confirmed. The environment is still there: press “Remove the environment” again.",
    ),
    held_up("role.remove", "remove this role", "Confirmed. The role is still there: press “Remove the role” again."),
    held_up("secret.reveal", "reveal this value", "Confirmed. Press “Reveal” to see the value."),
    held_up(
        "secret.rotate",
        "rotate this secret",
        "Confirmed. The new value was not saved: enter it again, then press “Rotate”.",
    ),
    held_up(
        "secret.generate",
        "give this secret a generated value",
        "Confirmed. Nothing was generated yet: press the button again.",
    ),
    held_up(
        "secret.edit",
        "change what is said about this secret",
        "Confirmed. Nothing was saved: enter your changes again, then press “Save”.",
    ),
    held_up(
        "secret.set_rotation",
        "set when this secret is due",
        "Confirmed. The period was not set: enter it again, then press “Set the period”.",
    ),
    held_up(
        "secret.give",
        "change the owner",
        "Confirmed. The owner is the same as before: enter the name again, then press “Change the owner”.",
    ),
    held_up("secret.archive", "archive this secret", "Confirmed. It is not archived yet: press “Archive” again."),
    held_up(
        "secret.bring_back",
        "bring this secret back",
        "Confirmed. It is still archived: press “Bring back” again.",
    ),
    held_up(
        "secret.delete",
        "delete this secret",
        "Confirmed. Nothing is deleted: type the name again, then press “Delete for good”.",
    ),
    held_up(
        "secret.cancel_deletion",
        "cancel the deletion",
        "Confirmed. The deletion is not cancelled yet: press “Cancel the deletion” again.",
    ),
    held_up(
        "secret.restore",
        "restore this version",
        "Confirmed. Nothing was restored: press “Restore” beside the version again.",
    ),
    held_up("secret.save_pending", "save a pending value", "Confirmed. Nothing was saved: enter the new value again."),
    held_up("secret.promote", "promote the pending value", "Confirmed. Nothing was promoted: press “Promote” again."),
    held_up("secret.discard_pending", "discard the pending value", "Confirmed. It is still pending."),
    held_up(
        "secret.restore_folder",
        "restore this folder",
        "Confirmed. Nothing was restored: look at the preview, then press “Restore” again.",
    ),
    held_up(
        "secret.rename",
        "rename this secret",
        "Confirmed. The secret was not renamed: enter the name again, then press “Rename”.",
    ),
    held_up(
        "secret.share",
        "grant access to this secret",
        "Confirmed. Access was not granted: fill in the form again, then press “Grant access”.",
    ),
    held_up(
        "session.revoke",
        "end these sessions",
        "Confirmed. No session has ended: type the confirmation again, then press “End these sessions”.",
    ),
    held_up(
        "session.end_one",
        "end this session",
        "Confirmed. The session has not ended: press “End” beside it again.",
    ),
    held_up(
        "methods.reset",
        "remove somebody’s second factors",
        "Confirmed. No second factor was removed: type the confirmation again, then press “Remove second factors”.",
    ),
    held_up(
        "methods.choose_password",
        "change your password",
        "Confirmed. Your password was not changed: enter the new one again, then press “Change password”.",
    ),
    held_up(
        "methods.change_password",
        "change your password",
        "Confirmed. Your password was not changed: enter the new one again, then press “Change password”.",
    ),
    held_up("methods.start_codes", "set up one-time codes", "Confirmed. Press “Set up one-time codes” to go on."),
    held_up("methods.turn_codes_on", "turn on one-time codes", "Confirmed. Enter a code, then press “Turn on”."),
    held_up("methods.turn_codes_off", "remove your one-time codes", "Confirmed. Press “Remove one-time codes” again."),
    held_up(
        "methods.make_recovery_codes",
        "make recovery codes",
        "Confirmed. No recovery codes were made: press the button below to make them.",
    ),
    held_up(
        "methods.ask_for_passkey",
        "add a passkey",
        "Confirmed. No passkey was added: enter its name again, then press “Add a passkey”.",
    ),
    held_up(
        "methods.add_passkey",
        "add a passkey",
        "Confirmed. No passkey was added: enter its name again, then press “Add a passkey”.",
    ),
    held_up(
        "methods.remove_passkey",
        "remove this passkey",
        "Confirmed. The passkey is still there: press “Remove” beside it again.",
    ),
];
