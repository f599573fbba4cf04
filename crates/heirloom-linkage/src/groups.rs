//! Disjoint groups of positions, whose members can be walked.

/// Groups of `0..n`, at first each alone.
pub(crate) struct Groups {
    parent: Vec<u32>,
    /// The next member of the same group, in a circle.
    next: Vec<u32>,
    size: Vec<u32>,
}

impl Groups {
    pub fn new(n: usize) -> Groups {
        let own: Vec<u32> = (0..n as u32).collect();
        Groups { next: own.clone(), parent: own, size: vec![1; n] }
    }

    /// The position that stands for the group.
    pub fn root(&mut self, mut at: u32) -> u32 {
        while self.parent[at as usize] != at {
            let above = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = above;
            at = above;
        }
        at
    }

    pub fn size(&mut self, at: u32) -> u32 {
        let root = self.root(at);
        self.size[root as usize]
    }

    /// Joins two groups; answers the root of the whole.
    pub fn join(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return a;
        }
        let (keep, lose) = if self.size[a as usize] >= self.size[b as usize] { (a, b) } else { (b, a) };
        self.parent[lose as usize] = keep;
        self.size[keep as usize] += self.size[lose as usize];
        self.next.swap(keep as usize, lose as usize);
        keep
    }

    /// The members of the group, beginning with `at`.
    pub fn members(&self, at: u32) -> impl Iterator<Item = u32> + '_ {
        let mut current = Some(at);
        std::iter::from_fn(move || {
            let here = current?;
            let following = self.next[here as usize];
            current = (following != at).then_some(following);
            Some(here)
        })
    }

    /// For each position the smallest position of its group.
    pub fn smallest(&mut self) -> Vec<u32> {
        let n = self.parent.len() as u32;
        let mut smallest = vec![u32::MAX; n as usize];
        for at in 0..n {
            let root = self.root(at) as usize;
            smallest[root] = smallest[root].min(at);
        }
        (0..n).map(|at| smallest[self.root(at) as usize]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_groups_have_one_root_and_all_members() {
        let mut groups = Groups::new(6);
        groups.join(0, 3);
        groups.join(4, 5);
        groups.join(3, 5);
        groups.join(0, 5);
        assert_eq!(groups.root(0), groups.root(4));
        let mut members: Vec<u32> = groups.members(4).collect();
        members.sort_unstable();
        assert_eq!(members, [0, 3, 4, 5]);
        assert_eq!(groups.size(5), 4);
        assert_eq!(groups.smallest(), [0, 1, 2, 0, 0, 0]);
    }
}
