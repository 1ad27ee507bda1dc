/** Branded primitives: a `Brand<string, "EntityId">` is a string that only its parse function makes. */
declare const brand: unique symbol;

export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
