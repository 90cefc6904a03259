// Words that carry no meaning in a query, in languages written with spaces. Folded, as words() gives them. The list is
// short, because a word that is left out cannot find anything.
const list = `
a an and are as at be been but by can could did do does for from had has have he her hers him his how i if in into is it
its just me my no not of on or our she so than that the their them then there these they this to was we were what when
where which who whom why will with would you your about after all any am being before during each few more most other
over own same some such too under until up very
s t d ll re ve m
der die das den dem des ein eine einen einem einer und oder ist sind war wir ihr ich du er sie es mit von zu im auf fur
nicht wie wer wo wann warum
le la les un une des du de et ou est sont que qui dans pour sur avec il elle nous vous je tu ne pas l
el los las una y o es son en por para con su se lo al del
и в во не что он на я с со как а то она но они мы ты вы у к из за бы по от о ли
`;

export const stopWords: ReadonlySet<string> = new Set(list.split(/\s+/).filter((word) => word !== ''));
