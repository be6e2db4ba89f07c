//! The drift of lattice fields: coefficients on orbits of momenta, slice by slice.

use crate::file::{Tensor, Tensors, take};
use crate::target::in_precision;
use nets_kernel::drift::LatticeDrift;
use nets_kernel::drift::lattice::{MEAN_TERMS, SITE_TERMS};
use nets_kernel::math::{Hartley, hartley_table};
use nets_kernel::potential::Lattice;
use nets_kernel::real::Scalar;

/// A drift as [`nets_kernel::drift::lattice`] defines it, with all symmetries of the lattice.
#[derive(Clone, Debug, PartialEq)]
pub struct LatticeModel {
    /// Where the field lives.
    pub lattice: Lattice,
    /// Where the slices start.
    pub times: Vec<f64>,
    /// For each slice a number for each of the [`orbits`], one for each function at a site, and one for each term with the
    /// means.
    pub coefficients: Vec<f64>,
}

/// The orbit of each momentum under reflections and exchanges of axes, and the size of each orbit. Orbits are numbered
/// in the order of their first momentum.
pub fn orbits(lattice: Lattice) -> (Vec<u32>, Vec<u32>) {
    let (mut known, mut sizes) = (std::collections::HashMap::new(), vec![]);
    let orbits = (0..lattice.sites()).map(|momentum| {
        let mut rest = momentum;
        let mut folded: Vec<usize> = (0..lattice.axes)
            .map(|_| {
                let k = rest % lattice.side;
                rest /= lattice.side;
                k.min(lattice.side - k)
            })
            .collect();
        folded.sort_unstable();
        let orbit = *known.entry(folded).or_insert_with(|| {
            sizes.push(0);
            sizes.len() - 1
        });
        sizes[orbit] += 1;
        orbit as u32
    });
    (orbits.collect(), sizes)
}

/// The transform of fields on `lattice`.
pub(crate) fn hartley<S: Scalar>(lattice: Lattice) -> Hartley<Vec<S>> {
    let mut table = vec![S::zero(); 2 * lattice.side];
    hartley_table(&mut table);
    Hartley { side: lattice.side, table }
}

impl LatticeModel {
    /// The drift in precision `S`.
    pub(crate) fn drift<S: Scalar>(&self) -> LatticeDrift<Vec<S>> {
        let (orbits, sizes) = orbits(self.lattice);
        let mut numbers = vec![];
        for slice in self.coefficients.chunks_exact(slice_len(&sizes)) {
            let (spectrum, terms) = slice.split_at(sizes.len());
            numbers.extend(orbits.iter().map(|&orbit| S::from_f64(spectrum[orbit as usize])));
            numbers.extend(terms.iter().map(|&c| S::from_f64(c)));
        }
        LatticeDrift {
            sites: self.lattice.sites(),
            hartley: hartley(self.lattice),
            times: in_precision(&self.times),
            numbers,
        }
    }

    pub(super) fn tensors(&self) -> Tensors {
        let (slices, shape) = (self.times.len(), [self.lattice.side as f64, f64::from(self.lattice.axes)]);
        Tensors::from([
            ("times".to_string(), Tensor::new(&[slices], &self.times)),
            (
                "coefficients".to_string(),
                Tensor::new(&[slices, self.coefficients.len() / slices.max(1)], &self.coefficients),
            ),
            ("shape".to_string(), Tensor::new(&[2], &shape)),
        ])
    }

    pub(super) fn from_tensors(mut tensors: Tensors) -> Result<LatticeModel, String> {
        let times = take(&mut tensors, "times")?.values;
        let coefficients = take(&mut tensors, "coefficients")?.values;
        let shape = take(&mut tensors, "shape")?.values;
        let &[side, axes] = &shape[..] else { return Err("`shape` does not have 2 numbers".to_string()) };
        let model = LatticeModel { lattice: Lattice { side: side as usize, axes: axes as u32 }, times, coefficients };
        // Sizes that a damaged file may claim are bounded by what it holds before they are computed with.
        let fits = (1..=3).contains(&model.lattice.axes)
            && model.lattice.side > 0
            && model.lattice.side <= model.coefficients.len()
            && !model.times.is_empty()
            && model.times.is_sorted()
            && model.coefficients.len() == model.times.len() * slice_len(&orbits(model.lattice).1);
        if fits { Ok(model) } else { Err("its coefficients do not fit its lattice and times".to_string()) }
    }
}

/// How many coefficients a slice has on orbits of these sizes.
fn slice_len(sizes: &[u32]) -> usize {
    sizes.len() + SITE_TERMS + MEAN_TERMS
}
