//! What only some gifts have: a tribute and who is told of it, a promise that they pay, texts for
//! custom fields; and rows that promise instead of giving.

use heirloom_model::{
    Acknowledgee, Currency, GiftDate, Installment, Money, Pays, Place, Placed, Promise, PromiseKind,
    SourceRow, Tribute, TributeKind,
};

use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::people;
use crate::read::{Scene, Seen};
use crate::rules::{amount, damaged_number, error_cell, worth};
use crate::spec::{AcknowledgeeSpec, GiftExtras, GiftSpec, Identity, Value};

impl<'a> Mapper<'a> {
    /// A pledge or schedule: left out of the gifts by its rule, and kept with all that it says.
    pub(super) fn promised(
        &self,
        spec: &'a GiftSpec,
        row: &SourceRow,
        scene: &Scene<'_>,
        (kind, rule): (PromiseKind, &str),
    ) -> Placed {
        let mut placed = self.excluded(spec, row, scene, rule);
        let own = &spec.extras.promise;
        let text = |value: Option<&'a Value>| self.reader.read_option(value, scene).into_option();
        let id = match &spec.identity {
            _ if own.id.is_some() => text(own.id.as_ref()),
            Identity::Id(id) => text(Some(id)),
            Identity::Derived(_) => None,
        };
        let dates = self.reader.read(&spec.date, scene).fact;
        let worth = worth::worth(self, spec, scene);
        let (amounts, currency) = (worth.seen.fact, worth.currency(self.ctx.currency));
        let mut status = text(own.status.as_ref()).unwrap_or_default();
        let mut unread = |seen: &Seen<'_>| status += &format!(" ({}: not read)", seen.text);
        let ends = self.reader.read_option(own.ends.as_ref(), scene);
        let last_day = self.written_as(&ends, dates);
        if last_day.is_none() && !ends.is_blank() {
            unread(&ends);
        }
        let mut installments = Vec::new();
        for (date, amount) in &own.installments {
            let (date, amount) = (self.reader.read(date, scene), self.reader.read(amount, scene));
            let both = self.written_as(&date, dates).zip(self.money_as(&amount, amounts, currency));
            match both {
                Some((date, amount)) => installments.push(Installment { date, amount }),
                None => [&date, &amount].into_iter().filter(|seen| !seen.is_blank()).for_each(&mut unread),
            }
        }
        let said = Promise {
            kind,
            id: id.unwrap_or_default(),
            donor: text(Some(&spec.donor)),
            frequency: text(own.frequency.as_ref()).unwrap_or_default(),
            status: status.trim().to_owned(),
            ends: last_day,
            installments,
        };
        if let Place::Excluded { promise, .. } = &mut placed.place {
            *promise = Some(Box::new(said));
        }
        placed
    }

    /// A day in a column without a way of writing of its own: it is that of `like`.
    fn written_as(&self, seen: &Seen<'_>, like: Option<(usize, usize)>) -> Option<GiftDate> {
        let order = self.order(&Seen { fact: like, ..seen.clone() });
        crate::dates::read(&seen.text, order, self.mapping.pivot).ok()
    }

    /// An amount likewise.
    fn money_as(&self, seen: &Seen<'_>, like: Option<(usize, usize)>, currency: Currency) -> Option<Money> {
        amount::quiet(self, &Seen { fact: like, ..seen.clone() }, currency)
    }

    /// The promise that a gift pays. Of two, the second stays behind as a note.
    pub(super) fn pays(
        &self,
        desk: &mut Desk<'_>,
        extras: &'a GiftExtras,
        scene: &Scene<'_>,
        notes: &mut Vec<String>,
    ) -> Option<Pays> {
        if extras.pledge.is_none() && extras.recurring.is_none() {
            return None;
        }
        let mut pays: Option<Pays> = None;
        let both = [(PromiseKind::Pledge, &extras.pledge), (PromiseKind::Recurring, &extras.recurring)];
        for (kind, value) in both {
            let seen = self.reader.read_option(value.as_ref(), scene);
            if !error_cell::is_usable(desk, &seen) || !damaged_number::is_whole(desk, &seen) {
                continue;
            }
            match (seen.into_option(), &pays) {
                (Some(id), None) => pays = Some(Pays { kind, id }),
                (Some(id), Some(_)) => notes.push(format!("Paid towards {}: {id}", kind.as_str())),
                (None, _) => {}
            }
        }
        pays
    }

    /// Texts for custom fields of the target; blank ones are left out.
    pub(super) fn custom(
        &self,
        desk: &mut Desk<'_>,
        extras: &'a GiftExtras,
        scene: &Scene<'_>,
    ) -> Vec<(String, String)> {
        let fields = extras.custom.iter();
        fields
            .filter_map(|(name, value)| Some((name.clone(), self.text(desk, Some(value), scene)?)))
            .collect()
    }

    /// Whom a gift honours, and the first who is told of it; others who are told become notes.
    pub(super) fn tribute(
        &self,
        desk: &mut Desk<'_>,
        spec: &'a GiftSpec,
        scene: &Scene<'_>,
        notes: &mut Vec<String>,
    ) -> Option<Tribute> {
        let mut tribute = self.honoured(desk, spec, scene, notes);
        for told in self.acknowledgees(desk, &spec.extras, scene) {
            match &mut tribute {
                Some(tribute) if tribute.acknowledgee.is_none() => tribute.acknowledgee = Some(told),
                _ => notes.push(format!("To be told of the gift: {}", told.in_words())),
            }
        }
        tribute
    }

    fn acknowledgees(
        &self,
        desk: &mut Desk<'_>,
        extras: &'a GiftExtras,
        scene: &Scene<'_>,
    ) -> Vec<Acknowledgee> {
        let mut told = Vec::new();
        for spec in &extras.acknowledgees {
            match spec.from {
                None => told.push(self.acknowledgee(desk, spec, scene)),
                Some(table) => {
                    for row in self.rows_of(table, scene) {
                        let (inner, _) = self.inside(scene, table, row);
                        told.push(self.acknowledgee(desk, spec, &inner));
                    }
                }
            }
        }
        let mut distinct: Vec<Acknowledgee> = Vec::new();
        for one in told {
            if !one.is_empty() && !distinct.contains(&one) {
                distinct.push(one);
            }
        }
        distinct
    }

    fn acknowledgee(
        &self,
        desk: &mut Desk<'_>,
        spec: &'a AcknowledgeeSpec,
        scene: &Scene<'_>,
    ) -> Acknowledgee {
        if !spec.when.iter().all(|c| self.reader.holds(c, scene)) {
            return Acknowledgee::default();
        }
        let mut text = |value: &'a Option<Value>| self.text(desk, value.as_ref(), scene).unwrap_or_default();
        let (mut first, mut last) = (text(&spec.first), text(&spec.last));
        let whole = text(&spec.name);
        if first.is_empty() && last.is_empty() && !whole.is_empty() {
            (first, last) = people::two_names(&whole);
        }
        Acknowledgee {
            first,
            last,
            address: text(&spec.address),
            city: text(&spec.city),
            state: text(&spec.state),
            postal: text(&spec.postal),
            email: text(&spec.email),
            phone: text(&spec.phone),
        }
    }

    fn honoured(
        &self,
        desk: &mut Desk<'_>,
        spec: &'a GiftSpec,
        scene: &Scene<'_>,
        notes: &mut Vec<String>,
    ) -> Option<Tribute> {
        let name = self.reader.read_option(spec.tribute_name.as_ref(), scene);
        let kind = self.reader.read_option(spec.tribute_kind.as_ref(), scene);
        if !error_cell::is_usable(desk, &name) || !error_cell::is_usable(desk, &kind) {
            return None;
        }
        let word = kind.text.to_lowercase();
        let read = if word.contains("memor") {
            Some(TributeKind::Memory)
        } else if word.contains("hono") || word.is_empty() {
            Some(TributeKind::Honor)
        } else {
            None
        };
        match read {
            Some(kind) if !name.is_blank() => {
                Some(Tribute { kind, name: name.text.into_owned(), acknowledgee: None })
            }
            _ if name.is_blank() && kind.is_blank() => None,
            _ => {
                notes.push(format!("Tribute: {} {}", kind.text, name.text).trim_end().to_owned());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use heirloom_model::{Place, Promise, PromiseKind};

    use crate::testing::Gifts;

    const TYPES: &str = r#"
[fields]
type = { column = "Extra" }
pledge = { column = "Pays" }
custom = [{ label = "Fee", column = "Fee" }]
[types]
"" = "gift"
"P" = "pledge"
"R" = "recurring"
[promise]
frequency = { column = "Often" }
ends = { column = "Until" }
[[promise.installment]]
repeat = 2
date = { column = "Due {n}" }
amount = { column = "Sum {n}" }
"#;
    const HEADER: &str =
        "id|donor|date|amount|fund|Method|Extra|Pays|Fee|Often|Until|Due 1|Sum 1|Due 2|Sum 2";

    fn promise(file: &Gifts, row: usize) -> Promise {
        match &file.placed()[row].place {
            Place::Excluded { promise: Some(promise), .. } => (**promise).clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_pledge_is_left_out_of_the_money_and_keeps_what_it_says() {
        let rows = [
            "P-1|D1|1/31/2020|1,200.00|GEN|Check|P|||Quarterly|12/31/2020|3/4/2020|600.00|6/4/2020|600.00",
            "7|D1|3/5/2020|600|GEN|Check||P-1|3.20|||||||",
            "R-1|D2|4/30/2020|25|GEN|Check|R|||Monthly|soon|||||",
        ];
        let file = Gifts::with_header(TYPES, HEADER, &rows);
        let pledge = "excluded pledge: a promise, not money";
        assert_eq!(file.codes(), [pledge, "gift", "excluded recurring gift: a schedule, not money"]);
        let said = promise(&file, 0);
        assert_eq!(
            (said.kind, said.id.as_str(), said.donor.as_deref()),
            (PromiseKind::Pledge, "P-1", Some("D1"))
        );
        assert_eq!(
            (said.frequency.as_str(), said.ends.unwrap().to_string().as_str()),
            ("Quarterly", "2020-12-31")
        );
        let parts: Vec<String> =
            said.installments.iter().map(|i| format!("{} {}", i.date, i.amount.to_plain())).collect();
        assert_eq!(parts, ["2020-03-04 600.00", "2020-06-04 600.00"]);
        let gift = file.gift(1);
        let pays = gift.details.pays.unwrap();
        assert_eq!((pays.kind, pays.id.as_str()), (PromiseKind::Pledge, "P-1"));
        assert_eq!(gift.details.custom, [("Fee".to_owned(), "3.20".to_owned())]);
        assert_eq!(promise(&file, 2).status, "(soon: not read)");
    }

    const TOLD: &str = r#"
[fields]
tribute_kind = { constant = "Memorial" }
tribute_name = { column = "Extra" }
[[join]]
name = "told"
file = { name = "told.csv" }
key = "gift"
on = { column = "id" }
many = true
[[acknowledgee]]
from = "told"
name = { column = "who" }
city = { column = "town" }
"#;

    #[test]
    fn the_first_who_is_told_of_a_tribute_goes_with_it_and_others_become_notes() {
        let rows = ["1|D1|1/31/2020|6|GEN|Cash|Ruth Calder", "2|D1|1/31/2020|6|GEN|Cash|"];
        let file = Gifts::new(TOLD, &rows).with(
            "gift|who|town\n1|Amos J. Calder|Rockland\n1|The Choir|\n1|Amos J. Calder|Rockland\n2|Ann Lee|",
        );
        let told = file.gift(0).details.tribute.unwrap().acknowledgee.unwrap();
        assert_eq!(
            (told.first.as_str(), told.last.as_str(), told.city.as_str()),
            ("Amos J.", "Calder", "Rockland")
        );
        let notes = |n: usize| file.gift(n).details.notes.unwrap_or_default();
        assert!(
            notes(0).starts_with("To be told of the gift: ") && notes(0).contains("Choir"),
            "{}",
            notes(0)
        );
        assert_eq!(notes(1), "Tribute: Memorial; To be told of the gift: Ann Lee");
    }
}
