use docket_acceptance::Shop;
use docket_contracts::view::OrderStatus;
#[tokio::test(flavor = "multi_thread")]
async fn every_status_can_be_reached() {
    let shop = Shop::demo().await;
    for status in OrderStatus::ALL {
        shop.at(status).await;
    }
    assert!(shop.verify().faults.is_empty());
}
