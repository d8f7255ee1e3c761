//! The reference's own answers, request by request. What a scenario covers stands in its fixture; where ours must differ the step
//! names the row.

use guillotina_tests::{Server, replay};

macro_rules! scenarios {
    ($($name:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            replay(&Server::start().await, stringify!($name)).await;
        }
    )*};
}

scenarios! { application content operations behaviors sharing addons users cors }
