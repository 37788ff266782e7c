// What a shop begins with where nobody says otherwise.

/** Currencies by country where the machine's language names one. The euro's countries are not listed: it is what is left. */
const CURRENCIES: Readonly<Record<string, string>> = {
  AE: 'AED', AR: 'ARS', AU: 'AUD', BR: 'BRL', CA: 'CAD', CH: 'CHF', CL: 'CLP', CN: 'CNY', CO: 'COP', CZ: 'CZK', DK: 'DKK', EG: 'EGP',
  GB: 'GBP', HK: 'HKD', HU: 'HUF', ID: 'IDR', IL: 'ILS', IN: 'INR', JP: 'JPY', KR: 'KRW', KW: 'KWD', LI: 'CHF', MA: 'MAD', MX: 'MXN',
  MY: 'MYR', NO: 'NOK', NZ: 'NZD', PE: 'PEN', PH: 'PHP', PL: 'PLN', RO: 'RON', SA: 'SAR', SE: 'SEK', SG: 'SGD', TH: 'THB', TN: 'TND',
  TR: 'TRY', TW: 'TWD', UA: 'UAH', US: 'USD', VN: 'VND', ZA: 'ZAR',
};

/** A system that is set to no language calls it `C`, which is no tag: WebKit hands it on, and `Intl` throws at it. */
function regionOf(language: string): string | undefined {
  try {
    return new Intl.Locale(language).region;
  } catch {
    return undefined;
  }
}

/** The currency of the country that the machine is set to. */
export function usualCurrency(languages: readonly string[] = navigator.languages): string {
  for (const language of languages) {
    const region = regionOf(language);
    if (region !== undefined) return CURRENCIES[region] ?? 'EUR';
  }
  return 'EUR';
}

/** Four digits that nobody could guess. */
export function madePin(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return String(number % 10_000).padStart(4, '0');
}
