//! Times relative to now. Without dates, so that the browser can use it too.

/// Returns how long ago something was, from milliseconds. `None` if it is more than four weeks ago: a date says more then.
#[must_use]
pub fn ago(milliseconds: i64) -> Option<String> {
    let seconds = milliseconds.max(0) / 1000;
    Some(match seconds {
        0..10 => "just now".to_owned(),
        10..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        86_400..172_800 => "yesterday".to_owned(),
        172_800..2_419_200 => format!("{} days ago", seconds / 86_400),
        _ => return None,
    })
}

/// Returns how much time is left, from milliseconds, in its two largest units, with the last one rounded up.
#[must_use]
pub fn remaining(milliseconds: i64) -> String {
    let seconds = (milliseconds.max(0) + 999) / 1000;
    let (minutes, hours) = ((seconds + 59) / 60, (seconds + 3599) / 3600);
    match (seconds, minutes, hours) {
        (0..=59, _, _) => format!("{seconds} s"),
        (_, 0..=59, _) => format!("{minutes} min"),
        (_, 0..=1439, _) if minutes % 60 == 0 => format!("{} h", minutes / 60),
        (_, 0..=1439, _) => format!("{} h {} min", minutes / 60, minutes % 60),
        (_, _, 0..=47) if hours % 24 == 0 => format!("{} day", hours / 24),
        _ if hours % 24 == 0 => format!("{} days", hours / 24),
        (_, _, 0..=47) => format!("1 day {} h", hours % 24),
        _ => format!("{} days {} h", hours / 24, hours % 24),
    }
}
