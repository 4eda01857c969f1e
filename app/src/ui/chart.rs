//! Bars over time, drawn by the server: they need no script, and whoever cannot see them has the table beside them.

use leptos::prelude::*;

const WIDTH: i64 = 720;

/// One bar: what it stands for, and its parts from the bottom up, in the order of the chart's classes.
pub struct Bar<const PARTS: usize> {
    /// Shown while the bar is pointed at or has the focus, for example `24 Nov 2026, 14:00 UTC: 12 allowed, 3 refused`.
    pub title: String,
    /// Where its numbers come from. A bar without an address is no tab stop.
    pub address: Option<String>,
    /// How many of each sort.
    pub parts: [i64; PARTS],
}

/// Bars beside each other, `height` units high, each part in its class's colour; `most` is what a full bar stands for.
pub fn bars<const PARTS: usize>(
    label: String,
    bars: &[Bar<PARTS>],
    classes: [&'static str; PARTS],
    most: i64,
    height: i64,
) -> impl IntoView + use<PARTS> {
    let count = i64::try_from(bars.len()).unwrap_or(1).max(1);
    let drawn = bars.iter().zip(0..).map(|(bar, number)| {
        let left = number * WIDTH / count;
        let width = ((number + 1) * WIDTH / count - left - 2).max(1);
        let mut below = 0;
        let parts = bar.parts.iter().zip(classes).filter(|(many, _)| **many > 0).map(|(many, class)| {
            // What is there at all can be seen, however much the rest is.
            let tall = (*many * height / most.max(1)).clamp(1, height);
            below += tall;
            view! { <rect class=class x=left y=(height - below).max(0) width=width height=tall /> }
        });
        view! {
            <g>
                <title>{bar.title.clone()}</title>
                <rect class="whole" x=left y="0" width=width height=height />
                {parts.collect_view()}
            </g>
        }
    });
    let values = bars.iter().map(value).collect_view();
    view! {
        <div class="chart">
            <svg
                class="bars"
                role="img"
                aria-label=label
                viewBox=format!("0 0 {WIDTH} {height}")
                preserveAspectRatio="none"
            >
                {drawn.collect_view()}
            </svg>
            <div class="values">{values}</div>
        </div>
    }
}

/// What lies over a bar and shows its value. It is no part of the drawing, which stretches its text.
fn value<const PARTS: usize>(bar: &Bar<PARTS>) -> AnyView {
    let (title, label) = (bar.title.clone(), bar.title.clone());
    match bar.address.clone() {
        Some(address) => view! { <a href=address aria-label=label><span>{title}</span></a> }.into_any(),
        None => view! { <i aria-hidden="true"><span>{title}</span></i> }.into_any(),
    }
}

/// The least of 1, 2, 5, 10, 20, 50, … that is not below `most`: what the top of a chart stands for.
#[must_use]
pub fn top(most: i64) -> i64 {
    let mut step = 1_i64;
    loop {
        for times in [1, 2, 5] {
            let top = step.saturating_mul(times);
            if top >= most {
                return top;
            }
        }
        step = step.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The top is at least as high as the highest bar.
    #[test]
    fn the_top_of_a_chart_is_a_round_number() {
        let tops = [0, 1, 2, 3, 7, 10, 11, 4_900, i64::MAX].map(top);
        assert_eq!(tops, [1, 1, 2, 5, 10, 10, 20, 5_000, i64::MAX]);
    }
}
