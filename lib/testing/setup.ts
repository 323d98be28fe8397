import { knowDefault } from '@/lib/catalogs/keep-default'

// Every test file begins with the tests' catalogue.
knowDefault()
