/** `Own`, which has to be made of names that `Real` has. */
export type OnlyOf<Real, Own extends keyof Real> = Own;
