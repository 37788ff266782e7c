//! Every word that a person reads has a key, every key is said somewhere, and no screen knows left from right.
//!
//! That each language has every key is the type checker's to say (`lib/i18n/messages.ts`).

use std::collections::BTreeSet;
use std::path::Path;

use crate::failure::Failure;
use crate::files;
use crate::workspace::Workspace;

/// Where the words are; keys that stand only here are said nowhere.
const HOME: &str = "lib/i18n/";

/// Shown to who builds the screens, in a build of its own; no seller reads it.
const GALLERY: &str = "screens/gallery/";
const GALLERY_SCREEN: &str = "screens/GalleryScreen.svelte";

/// Attributes whose text is read or heard.
const SPOKEN: [&str; 6] = ["aria-label", "aria-description", "aria-roledescription", "placeholder", "title", "alt"];

/// Properties that stay on their side where people read from right to left, and what takes their place.
const SIDED: [(&str, &str); 10] = [
    ("margin-left", "margin-inline-start"),
    ("margin-right", "margin-inline-end"),
    ("padding-left", "padding-inline-start"),
    ("padding-right", "padding-inline-end"),
    ("border-left", "border-inline-start"),
    ("border-right", "border-inline-end"),
    ("left:", "inset-inline-start"),
    ("right:", "inset-inline-end"),
    ("text-align: left", "text-align: start"),
    ("text-align: right", "text-align: end"),
];

/// Keys that nobody says, keys that nobody wrote, words without a key, and styles that know a side.
pub fn findings(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let sources = workspace.ui().join("src");
    let mut keys = Vec::new();
    let mut said = Said::default();
    let mut findings = Vec::new();
    for path in files::sources(&sources)? {
        let file = files::relative(&path, &sources);
        let Some(text) = files::text(&path)?.filter(|_| has_words(&path)) else { continue };
        // A key that only a test says is said to nobody.
        if file.ends_with(".test.ts") {
            continue;
        }
        if is_english(&file) {
            keys.extend(keys_of(&text));
            continue;
        }
        if !is_translation(&file) {
            said.read(&text);
        }
        if file.ends_with(".svelte") && !file.starts_with(GALLERY) && file != GALLERY_SCREEN {
            findings.extend(words_without_key(&text).map(|what| format!("ui/src/{file}: {what}")));
            findings.extend(said_once(&text).map(|what| format!("ui/src/{file}: {what}")));
        }
        if file.ends_with(".svelte") || file.ends_with(".css") {
            findings.extend(sided(&text).map(|what| format!("ui/src/{file}: {what}")));
        }
    }
    if keys.is_empty() {
        return Err(Failure::said(format!("no key was found in ui/src/{HOME}")));
    }
    findings.extend(said.missing_and_unused(&keys));
    Ok(findings)
}

fn has_words(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["ts", "svelte", "css"].iter().any(|kind| extension == *kind))
}

/// The English list is the source of keys; it may be spread over files.
fn is_english(file: &str) -> bool {
    file.strip_prefix(HOME).is_some_and(|name| name == "en.ts" || name.starts_with("en-") || name.starts_with("en/"))
}

/// The other languages stand in folders; a key that only they say is said to nobody.
fn is_translation(file: &str) -> bool {
    file.strip_prefix(HOME).is_some_and(|name| name.contains('/'))
}

/// The keys of a list: quoted words with a dot that stand before a colon at the beginning of a line.
fn keys_of(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().filter_map(|line| {
        let (key, rest) = line.trim_start().strip_prefix('\'')?.split_once('\'')?;
        (rest.starts_with(':') && is_key(key)).then(|| key.to_owned())
    })
}

fn is_key(text: &str) -> bool {
    text.contains('.')
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|each| each.is_ascii_alphanumeric() || each == '_' || each == '.')
}

/// What stands behind each call of `t` with a text.
fn calls(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("t(").filter_map(|(at, call)| {
        let alone = !text[..at].ends_with(|before: char| before.is_alphanumeric() || "_.$".contains(before));
        let argument = &text[at + call.len()..];
        (alone && argument.starts_with(['\'', '`'])).then_some(argument)
    })
}

/// What the screens ask the list for.
#[derive(Default)]
struct Said {
    /// Quoted words that could be keys.
    keys: BTreeSet<String>,
    /// Keys that are asked for by name, in a call of `t`.
    asked: BTreeSet<String>,
    /// Beginnings of keys that end in a value, such as `type.${…}`.
    beginnings: BTreeSet<String>,
}

impl Said {
    fn read(&mut self, text: &str) {
        for quote in ['\'', '"'] {
            // Split at quotes, each second piece or the pieces between stand in one; which is which does not matter to
            // a word that is a key.
            self.keys.extend(text.split(quote).filter(|piece| is_key(piece)).map(str::to_owned));
        }
        for argument in calls(text) {
            if let Some((key, _)) = argument.strip_prefix('\'').and_then(|rest| rest.split_once('\'')) {
                self.asked.insert(key.to_owned());
            }
        }
        for (at, _) in text.match_indices('`') {
            if let Some((beginning, _)) = text[at + 1..].split_once("${")
                && !beginning.is_empty()
                && beginning.chars().all(|each| each.is_ascii_alphanumeric() || "_.".contains(each))
                && beginning.contains('.')
            {
                self.beginnings.insert(beginning.to_owned());
            }
        }
        for (at, _) in text.match_indices("termText('") {
            if let Some((prefix, _)) = text[at + "termText('".len()..].split_once('\'') {
                self.beginnings.insert(format!("{prefix}."));
            }
        }
    }

    fn missing_and_unused(&self, keys: &[String]) -> Vec<String> {
        let known: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
        let unused = keys.iter().filter(|key| {
            !self.keys.contains(*key) && !self.beginnings.iter().any(|beginning| key.starts_with(beginning.as_str()))
        });
        let mut findings: Vec<String> = unused.map(|key| format!("the key {key} is said nowhere")).collect();
        let missing = self.asked.iter().filter(|key| !known.contains(key.as_str()));
        findings.extend(missing.map(|key| format!("the key {key} is asked for and stands in no list")));
        findings
    }
}

/// Words of a template that come from no list: text between tags, text in an attribute that is read, and sentences in
/// an expression.
fn words_without_key(source: &str) -> impl Iterator<Item = String> {
    let template = without(&without(&without(source, "<script", "</script>"), "<style", "</style>"), "<!--", "-->");
    let mut findings = Vec::new();
    let (mut text, mut tag, mut expression) = (String::new(), String::new(), String::new());
    let (mut in_tag, mut depth) = (false, 0_usize);
    for each in template.chars() {
        match each {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    findings.extend(sentences(&expression));
                    expression.clear();
                    // What stood there is no word, and parts the words around it.
                    (if in_tag { &mut tag } else { &mut text }).push('{');
                }
            }
            _ if depth > 0 => expression.push(each),
            '<' if !in_tag => {
                findings.extend(word(&text).map(|word| format!("'{word}' has no key")));
                text.clear();
                in_tag = true;
            }
            '>' if in_tag => {
                findings.extend(spoken(&tag));
                tag.clear();
                in_tag = false;
            }
            _ if in_tag => tag.push(each),
            _ => text.push(each),
        }
    }
    findings.extend(word(&text).map(|word| format!("'{word}' has no key")));
    findings.into_iter()
}

/// The first word of a text: two letters or more that stand together. Marks, single letters and entities are none.
fn word(text: &str) -> Option<&str> {
    let parts = text.split(|each: char| !(each.is_alphabetic() || each == '&'));
    parts.filter(|part| !part.contains('&')).find(|part| part.chars().count() > 1)
}

fn spoken(tag: &str) -> Vec<String> {
    let said = |name: &&str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        let (value, _) = rest.split_once('"')?;
        word(value).map(|word| format!("'{word}' in {name} has no key"))
    };
    SPOKEN.iter().filter_map(said).collect()
}

/// Quoted words of an expression that look like a sentence: they begin with a capital, or have a space inside. What is
/// compared with is the name of a thing, such as a key.
fn sentences(expression: &str) -> Vec<String> {
    let pieces: Vec<&str> = expression.split('\'').collect();
    let quoted = pieces.chunks_exact(2).filter(|pair| !pair[0].trim_end().ends_with("==")).map(|pair| pair[1]);
    let sentence = |text: &&str| {
        word(text).is_some()
            && !text.starts_with(['#', '.', '[', '/'])
            && (text.starts_with(char::is_uppercase) && text.chars().any(char::is_lowercase)
                || text.split(' ').filter(|part| word(part).is_some()).count() > 1)
    };
    quoted.filter(sentence).map(|text| format!("'{text}' has no key")).collect()
}

/// Words that a component takes once, when it begins: they would stay in the language of that moment.
fn said_once(source: &str) -> impl Iterator<Item = String> + '_ {
    source.lines().filter_map(|line| {
        let (name, value) = line.strip_prefix("  const ")?.split_once(" = ")?;
        let function = value.starts_with('(') && value.contains(") => ") && !value.contains(").map(");
        let later = function || value.starts_with("$derived") || value.starts_with("async ");
        (!later && calls(value).next().is_some()).then(|| format!("{name} says its words once: write $derived"))
    })
}

fn sided(source: &str) -> impl Iterator<Item = String> + '_ {
    source.lines().filter_map(|line| {
        let line = line.trim();
        let (side, instead) = SIDED.iter().find(|(side, _)| line.starts_with(side))?;
        Some(format!("'{}' knows a side: write {instead}", side.trim_end_matches(':')))
    })
}

fn without(text: &str, from: &str, to: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        left.push_str(before);
        rest = after.split_once(to).map_or("", |(_, behind)| behind);
    }
    left + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(template: &str) -> Vec<String> {
        words_without_key(template).collect()
    }

    #[test]
    fn words_between_tags_need_a_key() {
        assert_eq!(found("<p>Pay now</p>"), ["'Pay' has no key"]);
        assert_eq!(found("<p>{t('pay.now')} ✕ · + A</p>"), Vec::<String>::new());
        assert_eq!(
            found("<script>const x = 'Pay now';</script><style>p { color: red }</style><!-- Pay -->"),
            Vec::<String>::new()
        );
        assert_eq!(found("{#if open}<b>{name}</b>{:else}Open{/if}"), ["'Open' has no key"]);
    }

    #[test]
    fn words_that_are_heard_need_a_key() {
        assert_eq!(
            found(r#"<button class="large" aria-label="Close it" data-testid="close">✕</button>"#),
            ["'Close' in aria-label has no key"]
        );
        assert!(found(r#"<input aria-label={t('dialog.close')} placeholder="" />"#).is_empty());
    }

    #[test]
    fn sentences_in_an_expression_need_a_key() {
        assert_eq!(found("<p>{done ? 'All done' : ''}</p>"), ["'All done' has no key"]);
        assert_eq!(found("<p>{done ? 'Ready' : ''}</p>"), ["'Ready' has no key"]);
        assert!(found("<p class={state === 'handed_over' ? 'done' : ''}>{t('a.b')}&ensp;</p>").is_empty());
        assert!(found("<input onkeydown={(event) => event.key === 'Enter' && void send()} />").is_empty());
    }

    #[test]
    fn a_key_that_nobody_says_and_one_that_nobody_wrote_are_found() {
        let keys: Vec<String> =
            keys_of("const a = {\n  'nav.till': 'Till',\n  'type.counter': 'Counter',\n  'nav.gone': 'Gone',\n};")
                .collect();
        assert_eq!(keys, ["nav.till", "type.counter", "nav.gone"]);
        let mut said = Said::default();
        said.read("<p>{t('nav.till')} {t(`type.${type}`)} {t('nav.other')} {list.at('nav.not')}</p>");
        assert_eq!(
            said.missing_and_unused(&keys),
            ["the key nav.gone is said nowhere", "the key nav.other is asked for and stands in no list"]
        );
    }

    #[test]
    fn words_that_are_said_once_are_found() {
        assert_eq!(said_once("  const names = KINDS.map((kind) => t(`type.${kind}`));").count(), 1);
        assert_eq!(said_once("  const title = t('nav.till');").count(), 1);
        assert_eq!(
            said_once("  const title = $derived(t('nav.till'));\n  const say = (kind: Kind) => t(`type.${kind}`);")
                .count(),
            0
        );
        assert_eq!(
            said_once("    const word = t('nav.till');\n  const screen = import('./Screen.svelte');").count(),
            0
        );
    }

    #[test]
    fn a_style_that_knows_a_side_is_found() {
        assert_eq!(sided("  margin-left: auto;").count(), 1);
        assert_eq!(sided("  left: 0;\n  text-align: right;").count(), 2);
        assert_eq!(sided("  margin-inline-start: auto;\n  text-align: start;\n  border-inline-end: 0;").count(), 0);
    }
}
