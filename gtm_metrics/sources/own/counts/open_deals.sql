-- one row per count of what the table itself leaves undecided
-- reads: opportunities(outcome text ?)
select count(*) as counted from opportunities where outcome is null
