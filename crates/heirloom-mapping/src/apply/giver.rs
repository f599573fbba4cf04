//! Donors named on the rows of their gifts: rows with an equal donor id are one donor, who keeps
//! every address, number, flag and note that any of them has.

use heirloom_model::{Code, Donor, Known, Place, Placed, SourceRow};

use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::spec::DonorSpec;
use crate::text::fold_value;

impl<'a> Mapper<'a> {
    /// Places every row of a donor: the first as the donor, the others as repeats.
    pub(super) fn giver(&self, spec: &'a DonorSpec, group: Vec<&SourceRow>, placed: &mut Vec<Placed>) {
        let mut results: Vec<Placed> = group.iter().map(|row| self.donor(spec, row)).collect();
        let donors: Vec<usize> =
            (0..results.len()).filter(|&i| matches!(results[i].place, Place::Donor(_))).collect();
        if let [head, rest @ ..] = donors.as_slice() {
            if rest.iter().any(|&other| !is_same(&results[*head], &results[other])) {
                for &index in &donors {
                    self.hold_twice(group[index], &mut results[index]);
                }
            } else {
                join(&mut results, *head, rest);
            }
        }
        placed.extend(results);
    }

    fn hold_twice(&self, row: &SourceRow, placed: &mut Placed) {
        let Place::Donor(donor) = &placed.place else { return };
        let mut desk = Desk::new(&self.reader, 0, row);
        desk.add_text(Code::DonorIdTwice, &donor.legacy_id, "rows with this id name different donors");
        placed.findings.extend(desk.into_findings());
        placed.place = Place::Held { known: Known { is_donor: true, ..Known::default() } };
    }
}

fn is_same(a: &Placed, b: &Placed) -> bool {
    let (Place::Donor(a), Place::Donor(b)) = (&a.place, &b.place) else {
        return false;
    };
    let name = |donor: &Donor| (donor.kind.contact_type(), fold_value(&donor.display_name()));
    name(a) == name(b)
}

/// Makes repeats of the further rows of one donor, after the first has what they say.
fn join(results: &mut [Placed], head: usize, rest: &[usize]) {
    let of = results[head].row;
    for &index in rest {
        let place = std::mem::replace(&mut results[index].place, Place::Repeat { of });
        let Place::Donor(other) = place else { continue };
        if let Place::Donor(donor) = &mut results[head].place {
            take_over(donor, *other);
        }
        let (said, own) = {
            let (first, further) = results.split_at_mut(index);
            (&first[head].findings, &mut further[0].findings)
        };
        let is_said = |code, seen: &str| said.iter().any(|f| f.code == code && f.seen == seen);
        own.retain(|f| f.code != Code::NothingToMatch && !is_said(f.code, &f.seen));
    }
    let can_be_reached = match &results[head].place {
        Place::Donor(donor) => {
            let reach = &donor.reach;
            !(reach.addresses.is_empty() && reach.phones.is_empty() && reach.emails.is_empty())
        }
        _ => true,
    };
    results[head].findings.retain(|f| !(can_be_reached && f.code == Code::NothingToMatch));
}

fn take_over(donor: &mut Donor, other: Donor) {
    fn add<T: PartialEq>(list: &mut Vec<T>, more: Vec<T>) {
        for one in more {
            if !list.contains(&one) {
                list.push(one);
            }
        }
    }
    add(&mut donor.reach.addresses, other.reach.addresses);
    add(&mut donor.reach.phones, other.reach.phones);
    add(&mut donor.reach.emails, other.reach.emails);
    add(&mut donor.other_ids, other.other_ids);
    add(&mut donor.notes, other.notes);
    donor.flags.extend(other.flags);
    donor.household_id = donor.household_id.take().or(other.household_id);
}

#[cfg(test)]
mod tests {
    use heirloom_model::Flag;

    use crate::testing::Gifts;

    const ROWS: &str = r#"[grain]
row = "gift"
[fields]
last = { column = "last" }
[[email]]
address = { column = "mail" }
[flags]
do_not_mail = { column = "stop" }
"#;

    #[test]
    fn a_donor_on_several_gifts_is_one_and_keeps_what_each_row_says() {
        let rows = ["1|Lee||", "2|Poe|p@example.org|", "1|LEE|a@example.org|", "1|Lee|b@example.org|y"];
        let file = Gifts::donors(ROWS, "id|last|mail|stop", &rows);
        assert_eq!(file.codes(), ["donor", "donor", "repeat", "repeat"]);
        let donor = file.donor(0);
        let mails: Vec<&str> = donor.reach.emails.iter().map(|e| e.address.as_str()).collect();
        assert_eq!(mails, ["a@example.org", "b@example.org"]);
        assert!(donor.flags.contains(&Flag::DoNotMail));
    }

    #[test]
    fn one_id_with_two_names_is_held() {
        let file =
            Gifts::donors(ROWS, "id|last|mail|stop", &["1|Lee|a@example.org|", "1|Poe|a@example.org|"]);
        assert_eq!(file.codes(), ["held C002", "held C002"]);
    }
}
