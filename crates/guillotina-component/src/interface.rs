//! Interfaces: names with bases, compared by identity.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering as Memory};
use std::sync::{Arc, Mutex, PoisonError};

use once_cell::sync::{Lazy, OnceCell};
use rustc_hash::FxHashMap;

use crate::order;

/// The identity of an [`Interface`] within this process; ids grow in the order in which interfaces are made.
///
/// An id means nothing in another process: what is stored or sent is the interface's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfaceId(u32);

impl InterfaceId {
    /// The id of no interface: it pads keys and stands for "no provided interface".
    pub(crate) const NONE: Self = Self(0);

    /// The number behind the id; never 0.
    pub fn get(self) -> u32 {
        self.0
    }

    fn next() -> Self {
        // Interfaces are kept for the life of the process, so memory ends long before the numbers do.
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self(NEXT.fetch_add(1, Memory::Relaxed))
    }
}

/// A named contract that extends other contracts, or the anonymous [declaration](Interface::declaration) of what an
/// object provides.
///
/// An interface is a handle with identity: two interfaces of one name are two interfaces, a clone is the same one.
/// Equality, hash and order go by that identity. Cloning is a pointer copy.
///
/// Interfaces are never freed, as the classes of a program are not: make them for types, not for objects.
///
/// ```
/// use guillotina_component::Interface;
///
/// let item = Interface::new("example.IItem", []);
/// let folder = Interface::new("example.IFolder", [item.clone()]);
///
/// assert!(folder.extends(&item) && folder.extends(Interface::root()));
/// assert!(!item.extends(&item) && item.is_or_extends(&item));
/// let order: Vec<_> = folder.resolution_order().iter().map(Interface::name).collect();
/// assert_eq!(order, ["example.IFolder", "example.IItem", "zope.interface.Interface"]);
/// ```
#[derive(Clone)]
pub struct Interface(&'static Inner);

struct Inner {
    id: InterfaceId,
    name: Arc<str>,
    anonymous: bool,
    bases: Box<[Interface]>,
    /// Starts with the interface itself, so that it can be known only after the handle is.
    order: &'static (dyn Order + Send + Sync),
    /// The ids in `order`, sorted, for `extends`.
    implied: Box<[InterfaceId]>,
}

/// A resolution order that is set once, before anybody can ask for it.
///
/// A trait object, because interfaces are keys of maps: they must not look as if what they are compared by could
/// change, which tools conclude from a cell in a field.
trait Order {
    fn get(&self) -> &[Interface];
}

impl Order for OnceCell<Box<[Interface]>> {
    fn get(&self) -> &[Interface] {
        OnceCell::get(self).map_or(&[], |order| order)
    }
}

static ROOT: Lazy<Interface> =
    Lazy::new(|| Interface::build("zope.interface.Interface".into(), false, Vec::new(), None));

/// Declarations by the ids of their bases: a combination is made once, however many objects have it.
static DECLARATIONS: Lazy<Mutex<FxHashMap<Box<[InterfaceId]>, Interface>>> = Lazy::new(Mutex::default);

impl Interface {
    /// Makes a new interface. Without bases it extends [`Interface::root`] alone; a declaration among the bases
    /// stands for the interfaces in it.
    ///
    /// Every call makes a new identity, also for a name that exists.
    pub fn new(name: impl Into<Arc<str>>, bases: impl IntoIterator<Item = Interface>) -> Interface {
        let mut bases = normalise(bases);
        if bases.is_empty() {
            bases.push(ROOT.clone());
        }
        Interface::build(name.into(), false, bases, Some(&ROOT))
    }

    /// The anonymous declaration of several interfaces, in order of precedence: what an object provides.
    ///
    /// Nested declarations are replaced by the interfaces in them. The same bases give the same declaration again.
    ///
    /// ```
    /// use guillotina_component::Interface;
    ///
    /// let folder = Interface::new("example.IFolder", []);
    /// let marker = Interface::new("example.IMarker", []);
    /// let provided = Interface::declaration([marker.clone(), folder.clone()]);
    /// assert_eq!(provided, Interface::declaration([marker.clone(), folder.clone()]));
    /// assert_eq!(provided.resolution_order()[1..3], [marker, folder]);
    /// ```
    pub fn declaration(bases: impl IntoIterator<Item = Interface>) -> Interface {
        let bases = normalise(bases);
        let key: Box<[InterfaceId]> = bases.iter().map(Interface::id).collect();
        let mut known = DECLARATIONS.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(key).or_insert_with(|| Interface::build(declared_name(&bases), true, bases, Some(&ROOT))).clone()
    }

    /// What an object of type `class` provides that has extra interfaces of its own (behaviours, markers).
    ///
    /// The extra interfaces come first, in their order; those that `class` has anyway are left out, so that they
    /// can't contradict its order. When none remains, the answer is `class` itself.
    pub fn providing(class: &Interface, extra: impl IntoIterator<Item = Interface>) -> Interface {
        let mut bases = normalise(extra);
        bases.retain(|interface| !class.is_or_extends(interface));
        if bases.is_empty() {
            return class.clone();
        }
        bases.push(class.clone());
        Interface::declaration(bases)
    }

    /// The interface that every other one extends, `zope.interface.Interface`.
    pub fn root() -> &'static Interface {
        &ROOT
    }

    /// The identity, for keys.
    pub fn id(&self) -> InterfaceId {
        self.0.id
    }

    /// The dotted name; of a declaration, the names of its bases joined by ` + `.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether this is a declaration, which has no name of its own.
    pub fn is_declaration(&self) -> bool {
        self.0.anonymous
    }

    /// The direct bases, in order; empty for the root and for a declaration of nothing.
    pub fn bases(&self) -> &[Interface] {
        &self.0.bases
    }

    /// The interface itself and everything it extends, most specific first, the root last.
    ///
    /// The order is C3's. For bases that contradict each other (C3 has no answer), it is depth first from left to
    /// right, each interface at the last of its places, as in `zope.interface`.
    pub fn resolution_order(&self) -> &[Interface] {
        self.0.order.get()
    }

    /// Whether this interface is derived from the other, directly or not; no interface extends itself.
    pub fn extends(&self, other: &Interface) -> bool {
        self != other && self.is_or_extends(other)
    }

    /// Whether an object with this interface has the other one too. Takes O(log n) of the resolution order's length.
    pub fn is_or_extends(&self, other: &Interface) -> bool {
        self.0.implied.binary_search(&other.id()).is_ok()
    }

    fn build(name: Arc<str>, anonymous: bool, bases: Vec<Interface>, root: Option<&Interface>) -> Interface {
        let ancestors = order::ancestors(&bases, root);
        let id = InterfaceId::next();
        let mut implied: Vec<InterfaceId> = ancestors.iter().map(Interface::id).collect();
        implied.push(id);
        implied.sort_unstable();
        let order: &'static OnceCell<Box<[Interface]>> = Box::leak(Box::default());
        let inner = Inner { id, name, anonymous, bases: bases.into(), order, implied: implied.into() };
        let interface = Interface(Box::leak(Box::new(inner)));
        order.get_or_init(|| std::iter::once(interface.clone()).chain(ancestors).collect());
        interface
    }
}

/// Replaces declarations by the interfaces in them, each once per declaration.
fn normalise(bases: impl IntoIterator<Item = Interface>) -> Vec<Interface> {
    let mut normal = Vec::new();
    for base in bases {
        if !base.is_declaration() {
            normal.push(base);
            continue;
        }
        // The bases of a declaration are normal already, so one level is enough.
        let start = normal.len();
        for interface in base.bases() {
            if !normal[start..].contains(interface) {
                normal.push(interface.clone());
            }
        }
    }
    normal
}

fn declared_name(bases: &[Interface]) -> Arc<str> {
    if bases.is_empty() {
        return "nothing".into();
    }
    bases.iter().map(Interface::name).collect::<Vec<_>>().join(" + ").into()
}

impl PartialEq for Interface {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Interface {}

impl Hash for Interface {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl PartialOrd for Interface {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Interface {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.id.cmp(&other.0.id)
    }
}

impl fmt::Debug for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A Rust type that stands for an interface: `dyn Trait` for what is provided, a struct for what is required.
///
/// ```
/// use guillotina_component::{Interface, InterfaceType, StaticInterface};
///
/// trait IGreeter {
///     fn greet(&self) -> String;
/// }
///
/// impl InterfaceType for dyn IGreeter {
///     fn interface() -> &'static Interface {
///         static CELL: StaticInterface = StaticInterface::new();
///         CELL.get_or_init(|| Interface::new("example.IGreeter", []))
///     }
/// }
///
/// assert_eq!(<dyn IGreeter>::interface().name(), "example.IGreeter");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an interface",
    label = "not an interface",
    note = "put #[interface] on the trait and name it as `dyn Trait`, or #[content_type] on the struct"
)]
pub trait InterfaceType: 'static {
    /// The interface, made at the first call; the same one at every call.
    fn interface() -> &'static Interface;
}

/// The place of an interface that belongs to a type: made at first use, then always the same.
///
/// See [`InterfaceType`] for its use.
#[derive(Debug, Default)]
pub struct StaticInterface(OnceCell<Interface>);

impl StaticInterface {
    /// An empty place.
    pub const fn new() -> Self {
        Self(OnceCell::new())
    }

    /// The interface in this place; the first call makes it with `init`.
    ///
    /// `init` may ask for other interfaces (its bases), but not for this one.
    pub fn get_or_init(&'static self, init: impl FnOnce() -> Interface) -> &'static Interface {
        self.0.get_or_init(init)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(interface: &Interface) -> Vec<&str> {
        interface.resolution_order().iter().map(Interface::name).collect()
    }

    #[test]
    fn identity_is_not_the_name() {
        let [a, b] = [(); 2].map(|()| Interface::new("IA", []));
        assert_eq!(a, a.clone());
        assert!(a != b && a < b && a.id() < b.id());
        assert_eq!((format!("{a:?}"), format!("{a}")), ("IA".to_owned(), "IA".to_owned()));
    }

    #[test]
    fn the_root_is_alone_and_last() {
        let root = Interface::root();
        assert_eq!(names(root), ["zope.interface.Interface"]);
        assert!(root.bases().is_empty() && !root.extends(root));
        let a = Interface::new("IA", []);
        let late = Interface::new("ILate", [root.clone(), a.clone()]);
        assert_eq!(names(&late), ["ILate", "IA", "zope.interface.Interface"]);
        assert_eq!(names(&Interface::declaration([])), ["nothing", "zope.interface.Interface"]);
    }

    #[test]
    fn contradicting_bases_fall_back_to_depth_first() {
        let a = Interface::new("IA", []);
        let b = Interface::new("IB", [a.clone()]);
        let both = Interface::new("IBoth", [a, b]);
        assert_eq!(names(&both), ["IBoth", "IB", "IA", "zope.interface.Interface"]);
    }

    #[test]
    fn a_deep_hierarchy_of_contradictions_takes_no_exponential_time() {
        let mut a = Interface::new("IA", []);
        let mut b = Interface::new("IB", [a.clone()]);
        for depth in 0..100 {
            let next = Interface::new(format!("IC{depth}"), [a.clone(), b.clone()]);
            (a, b) = (b, next);
        }
        assert_eq!(b.resolution_order().len(), 103);
    }

    #[test]
    fn declarations_are_flattened_and_made_once() {
        let [a, b, c] = ["IA", "IB", "IC"].map(|name| Interface::new(name, []));
        let inner = Interface::declaration([a.clone(), b.clone()]);
        let outer = Interface::declaration([c.clone(), inner.clone()]);
        assert_eq!(outer.bases(), [c.clone(), a.clone(), b.clone()]);
        assert_eq!(outer, Interface::declaration([c.clone(), a.clone(), b.clone()]));
        assert_ne!(outer, Interface::declaration([a.clone(), b.clone(), c.clone()]));
        assert_eq!(outer.name(), "IC + IA + IB");
        assert_eq!(Interface::new("ID", [inner]).bases(), [a, b]);
    }

    #[test]
    fn an_object_provides_its_extra_interfaces_before_its_class() {
        let base = Interface::new("IBase", []);
        let class = Interface::new("IClass", [base.clone()]);
        let marker = Interface::new("IMarker", []);
        let provided = Interface::providing(&class, [base.clone(), marker.clone()]);
        assert_eq!(provided.bases(), [marker, class.clone()]);
        assert_eq!(Interface::providing(&class, [base]), class);
    }

    #[test]
    fn a_static_interface_is_made_once_for_all_threads() {
        static CELL: StaticInterface = StaticInterface::new();
        let get = || CELL.get_or_init(|| Interface::new("IStatic", []));
        let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(get)).collect();
        for thread in threads {
            assert_eq!(thread.join().expect("no panic"), get());
        }
    }
}
