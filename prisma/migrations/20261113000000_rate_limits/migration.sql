-- Counts of requests, shared by several processes (RATE_LIMIT_STORE=postgres). Names and types are those that
-- rate-limiter-flexible expects; it must not create tables at run time.
-- Unlogged: a crash may forget what was counted within a minute, and counting must not cost the ledger's disk anything.
CREATE UNLOGGED TABLE "rate_limits" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
) WITH (fillfactor = 50);
