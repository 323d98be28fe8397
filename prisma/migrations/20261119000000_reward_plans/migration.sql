-- The judgement of reward velocity keeps its own plan -------------------------------------------------------------------
-- Its statement is planned once a connection, and by whoever calls first. A single charge on a young database got a nested
-- loop over every app of the batch, and the batches that came later on that connection kept it: 270 ms of a call of 327.
alter function rewards_on_hold set enable_nestloop = off;
alter function rewards_on_hold set plan_cache_mode = force_generic_plan;
