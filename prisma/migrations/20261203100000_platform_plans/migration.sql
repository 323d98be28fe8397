-- The plan set by a platform that bills by itself. It is in force, or follows the current plan when that ends.
alter table wallets add column platform_plan text;
