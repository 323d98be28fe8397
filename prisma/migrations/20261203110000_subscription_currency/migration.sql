-- The currency in which a subscription was bought, which is that of all purchases while it runs. Null until it is read again.
alter table subscriptions add column currency text;
