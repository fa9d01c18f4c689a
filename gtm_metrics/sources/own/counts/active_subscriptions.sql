-- one row per count of what the table itself has no end for
-- reads: subscriptions(ended_on text ?)
select count(*) as counted from subscriptions where ended_on is null
