/** The same keys with words of another language; forms for one alone ("…_one") are English's own affair. */
export type Shape<Texts> = {
  [Key in keyof Texts as Key extends `${string}_one` ? never : Key]: Texts[Key] extends string ? string : Shape<Texts[Key]>;
};
