-- one row per count of what Salesforce itself calls won
-- reads: opportunity(is_won boolean, is_closed boolean)
select count(*) as counted from opportunity where is_won = true and is_closed = true
