-- one row per count of what Salesforce itself has not closed
-- reads: opportunity(is_closed boolean)
select count(*) as counted from opportunity where is_closed = false
