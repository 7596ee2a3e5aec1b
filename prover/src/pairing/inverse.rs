//! Inverting many field elements with one inversion.

use ark_ff::Field;

/// Replaces every element by its inverse, and zero by zero: three products each and one inversion.
///
/// `ark_ff` has the same, spread over threads: here the slices are short and the caller's threads are
/// busy with other slices.
pub(crate) fn invert_all<F: Field>(elements: &mut [F]) {
    // products[i] is the product of the non-zero elements before i.
    let mut products = Vec::with_capacity(elements.len());
    let mut product = F::ONE;
    for element in elements.iter() {
        products.push(product);
        if !element.is_zero() {
            product *= element;
        }
    }
    // A product of elements that are not zero has an inverse.
    let Some(mut inverse) = product.inverse() else {
        return;
    };
    for (element, before) in elements.iter_mut().zip(products).rev() {
        if !element.is_zero() {
            let next = inverse * *element;
            *element = inverse * before;
            inverse = next;
        }
    }
}
