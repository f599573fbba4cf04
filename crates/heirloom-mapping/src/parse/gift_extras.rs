//! `[[acknowledgee]]` and `[promise]` of a gift file.

use super::value::{Base, Builder};
use super::walk::Table;
use crate::spec::{AcknowledgeeSpec, PromiseSpec, Role, Value};

const MAIN: Base = Base { block: None, alone: false };

/// Who is told of a tribute, in the order of preference.
pub(super) fn acknowledgees(root: &mut Table, builder: &mut Builder<'_>) -> Vec<AcknowledgeeSpec> {
    let mut list = Vec::new();
    for mut table in root.repeated("acknowledgee", builder.problems) {
        let from = builder.block_from(&mut table);
        let base = Base { block: from, alone: false };
        let when = builder.conditions_if_any(&mut table, base);
        let mut text = |key| builder.take(&mut table, key, Role::Text, base);
        let spec = AcknowledgeeSpec {
            from,
            when,
            name: text("name"),
            first: text("first"),
            last: text("last"),
            address: text("address"),
            city: text("city"),
            state: text("state"),
            postal: text("postal"),
            email: text("email"),
            phone: text("phone"),
        };
        if spec.name.is_none() && spec.first.is_none() && spec.last.is_none() {
            let help = "name = { column = \"Notify Name\" }, or first and last";
            builder.problems.add(table.at, "[[acknowledgee]] needs a name", help);
        }
        table.finish(builder.problems);
        list.push(spec);
    }
    list
}

/// What pledges and schedules say besides what every row does.
pub(super) fn promise(root: &mut Table, builder: &mut Builder<'_>) -> PromiseSpec {
    let Some(mut table) = root.table("promise", builder.problems) else {
        return PromiseSpec::default();
    };
    let at = table.at;
    let mut spec = PromiseSpec {
        id: builder.take(&mut table, "id", Role::Text, MAIN),
        frequency: builder.take(&mut table, "frequency", Role::Text, MAIN),
        status: builder.take(&mut table, "status", Role::Text, MAIN),
        ends: builder.take(&mut table, "ends", Role::Text, MAIN),
        installments: Vec::new(),
    };
    builder.refuse_required(at, [&spec.id, &spec.frequency, &spec.status, &spec.ends]);
    for part in table.repeated("installment", builder.problems) {
        spec.installments.extend(installment(part, builder));
    }
    table.finish(builder.problems);
    spec
}

fn installment(mut table: Table, builder: &mut Builder<'_>) -> Option<(Value, Value)> {
    // Written as the gifts' own dates and amounts are: they do not decide about the file by themselves.
    let date = builder.take(&mut table, "date", Role::Text, MAIN);
    let amount = builder.take(&mut table, "amount", Role::Text, MAIN);
    if date.is_none() || amount.is_none() {
        builder.problems.add(table.at, "[[promise.installment]] needs date and amount", "");
    }
    table.finish(builder.problems);
    date.zip(amount)
}
