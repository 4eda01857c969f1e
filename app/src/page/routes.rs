//! What `routes.rs` is made of: the table of addresses becomes the router's routes, the downloads and the manifest.

/// The table of every address: pages that ask, pages that are open, downloads.
macro_rules! routes {
    (
        guarded { $($guarded_at:tt => $guarded:ident,)* }
        open { $($open_at:tt => $open:ident,)* }
        downloads { $($download_at:tt => $download:ident,)* }
    ) => {
        $(impl Routed for $guarded { const PATTERN: &'static str = $guarded_at; })*
        $(impl Routed for $open { const PATTERN: &'static str = $open_at; })*
        $(impl Routed for $download { const PATTERN: &'static str = $download_at; })*

        /// The pages. Each is rendered whole ([`SsrMode::Async`]), so that a refusal is known before the first byte.
        #[component]
        pub fn Pages() -> impl IntoView {
            view! {
                <Router>
                    <Routes fallback=NoSuchAddress>
                        $(<Route path=path!($guarded_at) view={render::<$guarded>} ssr=SsrMode::Async />)*
                        $(<Route path=path!($open_at) view={render_open::<$open>} ssr=SsrMode::Async />)*
                    </Routes>
                </Router>
            }
        }

        /// The downloads: each one's pattern, and how it is started.
        #[must_use]
        pub fn downloads() -> Vec<(&'static str, Start)> {
            vec![$(($download::PATTERN, download::<$download> as Start)),*]
        }

        /// What guards each of them.
        #[must_use]
        pub fn manifest() -> Vec<RouteInfo> {
            vec![
                $(of_page::<$guarded>(),)*
                $(of_open_page::<$open>(),)*
                $(of_download::<$download>(),)*
                crate::sessions::live::route_info(),
                crate::sign_in::challenge::route_info(),
            ]
        }
    };
}

pub(crate) use routes;
