-- What money that came again gave back of a creator's rewards. `reversed` and its parts only grow from now on, as the other
-- counters do: what is taken back now is reversed - restored, all of it funded by bought credits (docs/adr/0006).
alter table reward_accounts
  add column restored bigint not null default 0,
  add constraint reward_accounts_restored_check check (restored between 0 and reversed_paid);

create function reward_accounts_grow() returns trigger language plpgsql as $$
begin
  if (new.reversed, new.reversed_paid, new.reversed_on_hold, new.restored, new.transferred, new.transferred_paid) <> (
      greatest(new.reversed, old.reversed), greatest(new.reversed_paid, old.reversed_paid),
      greatest(new.reversed_on_hold, old.reversed_on_hold), greatest(new.restored, old.restored),
      greatest(new.transferred, old.transferred), greatest(new.transferred_paid, old.transferred_paid)) then
    raise exception 'counters of rewards only grow' using errcode = 'check_violation';
  end if;
  return new;
end $$;

create trigger reward_accounts_grow before update on reward_accounts
for each row execute function reward_accounts_grow();
