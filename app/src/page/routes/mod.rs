//! What `routes.rs` is made of: the table of addresses becomes the router's routes, the downloads, the streams and the
//! manifest.

pub(super) mod manifest;
pub(super) mod watch;

/// The table of every address of a site: pages that ask, pages that are open, downloads, streams. `beside` names the
/// addresses that are not made with this framework, with their lines of the manifest. The last three may be left out.
#[macro_export]
macro_rules! routes {
    (
        site $site:ty;
        guarded { $($guarded_at:tt => $guarded:ty,)* }
        open { $($open_at:tt => $open:ty,)* }
        $(downloads { $($download_at:tt => $download:ty,)* })?
        $(streams { $($stream_at:tt => $stream:ty,)* })?
        $(beside { $($beside:expr,)* })?
    ) => {
        // The site's own frame can stand around a page.
        impl $crate::page::Parent for $site {
            type Site = Self;
        }

        $($crate::routes!(@address $site, $guarded_at, $guarded);)*
        $($crate::routes!(@address $site, $open_at, $open);)*
        $($($crate::routes!(@address $site, $download_at, $download);)*)?
        $($($crate::routes!(@address $site, $stream_at, $stream);)*)?

        /// The pages. Each is rendered whole ([`leptos_router::SsrMode::Async`]), so that a refusal is known before the
        /// first byte.
        #[leptos::component]
        pub fn Pages() -> impl leptos::prelude::IntoView {
            use leptos::prelude::*;
            use leptos_router::components::{Route, Router, Routes};
            use leptos_router::{SsrMode, path};
            view! {
                <Router>
                    <Routes fallback={$crate::page::no_such_address::<$site>}>
                        $(<Route path=path!($guarded_at) view={$crate::page::render::<$guarded>} ssr=SsrMode::Async />)*
                        $(<Route path=path!($open_at) view={$crate::page::render_open::<$open>} ssr=SsrMode::Async />)*
                    </Routes>
                </Router>
            }
        }

        /// The downloads: each one's pattern, and how it is started.
        #[must_use]
        pub fn downloads() -> Vec<(&'static str, $crate::page::Start)> {
            vec![$($((
                <$download as $crate::page::Routed>::PATTERN,
                $crate::page::download::<$download> as $crate::page::Start,
            )),*)?]
        }

        /// The streams: each one's pattern, and how it is started.
        #[must_use]
        pub fn streams() -> Vec<(&'static str, $crate::page::StartStream)> {
            vec![$($((
                <$stream as $crate::page::Routed>::PATTERN,
                $crate::page::stream::<$stream> as $crate::page::StartStream,
            )),*)?]
        }

        /// What guards each of them.
        #[must_use]
        pub fn manifest() -> Vec<$crate::page::RouteInfo> {
            vec![
                $($crate::page::of_page::<$guarded>(),)*
                $($crate::page::of_open_page::<$open>(),)*
                $($($crate::page::of_batches::<$download>("download"),)*)?
                $($($crate::page::of_batches::<$stream>("stream"),)*)?
                $($($beside,)*)?
            ]
        }
    };
    (@address $site:ty, $at:tt, $page:ty) => {
        impl $crate::page::Routed for $page {
            const PATTERN: &'static str = $at;
        }

        impl $crate::page::OfSite for $page {
            type Site = $site;
        }
    };
}
