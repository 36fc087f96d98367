/** A module that cannot be computed: it has no function by default. */
export const something = 1;
