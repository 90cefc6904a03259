/** How the versions of macOS differ in what they print, as far as recordings show. */
export interface Profile {
  /** `gui/501/label = {` since some version after 10.14, which printed the label alone. */
  fullTarget: boolean;
  type: boolean;
  asid: boolean;
  successiveCrashes: boolean;
  coalitions: boolean;
  checkedAllocations: boolean;
  /** `job state`, `sanitizer flags`, the code requirement (LWCR). */
  jobState: boolean;
  /** Before `Could not find service`. */
  badRequest: boolean;
  /** `=> disabled`, one tab deeper, instead of `=> true`. */
  disabledWords: boolean;
}

const modern: Profile = {
  fullTarget: true,
  type: true,
  asid: true,
  successiveCrashes: false,
  coalitions: true,
  checkedAllocations: true,
  jobState: true,
  badRequest: true,
  disabledWords: true,
};

/** 13 stands between the recorded ones: of it only the shape of `print-disabled` is known. */
export const profiles = {
  '27': modern,
  '26': { ...modern, jobState: false },
  '13': { ...modern, jobState: false, checkedAllocations: false },
  '10.14': {
    ...modern,
    fullTarget: false,
    type: false,
    asid: false,
    successiveCrashes: true,
    coalitions: false,
    checkedAllocations: false,
    jobState: false,
    badRequest: false,
    disabledWords: false,
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;
