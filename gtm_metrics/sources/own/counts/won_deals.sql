-- one row per count of what the table itself calls won
-- reads: opportunities(outcome text ?)
select count(*) as counted from opportunities where lower(outcome) = 'won'
