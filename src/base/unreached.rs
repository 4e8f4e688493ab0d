//! Why no connection came about, in words that say where to look.
//!
//! The client's own words are "client error (Connect)". What happened lies deeper in the chain of its errors, and partly inside
//! of an input or output error, which hides what it was made of.

use std::{error::Error, fmt, io};

use rustls::{CertificateError, InvalidMessage};

/// Why a connection was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// Nobody knows an address for the name.
    Name,
    /// The other side refused it.
    Refused,
    /// This network has no way there.
    NoWay,
    /// Nobody answered in time.
    TimedOut,
    /// It was closed while it was made.
    Closed,
    /// Nobody whom this machine trusts has signed the certificate.
    Untrusted,
    /// The certificate is another name's.
    AnotherName,
    /// The certificate is not valid at this machine's time.
    NotValidNow,
    /// The other side does not speak TLS.
    NoTls,
    /// TLS failed in another way.
    Tls,
    /// The proxy wants a password.
    ProxyPassword,
    /// The proxy does not let it through, or cannot get there.
    Proxy,
    /// There is no way to the proxy.
    ProxyUnreached,
    /// Nothing that we know.
    Other,
}

impl Unreached {
    /// The cause that is deepest in the chain and known. `None` if none is.
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut found = None;
        let mut through_a_proxy = false;
        let mut next = Some(error);
        while let Some(error) = next {
            // The types of these two are private to the client. A test holds their words.
            match error.to_string().as_str() {
                "dns error" => found = Some(Self::Name),
                "tunnel error: proxy authorization required" => return Some(Self::ProxyPassword),
                words if words.starts_with("tunnel error: ") => through_a_proxy = true,
                _ => {}
            }
            if let Some(cause) = error.downcast_ref::<io::Error>().and_then(of_io)
                && found != Some(Self::Name)
            {
                found = Some(cause);
            }
            next = error.source();
        }
        match found {
            None if through_a_proxy => Some(Self::Proxy),
            Some(_) if through_a_proxy => Some(Self::ProxyUnreached),
            found => found,
        }
    }
}

/// An error of TLS lies within one of input or output, or within two.
fn of_io(error: &io::Error) -> Option<Unreached> {
    let within = error.get_ref();
    if let Some(deeper) = within.and_then(|one| one.downcast_ref::<io::Error>()) {
        return of_io(deeper);
    }
    if let Some(tls) = within.and_then(|one| one.downcast_ref::<rustls::Error>()) {
        return Some(of_tls(tls));
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Unreached::Refused),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Some(Unreached::NoWay)
        }
        io::ErrorKind::TimedOut => Some(Unreached::TimedOut),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof => {
            Some(Unreached::Closed)
        }
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> Unreached {
    match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            CertificateError::UnknownIssuer => Unreached::Untrusted,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Unreached::AnotherName
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Unreached::NotValidNow,
            _ => Unreached::Tls,
        },
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Unreached::NoTls,
        _ => Unreached::Tls,
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "DNS knows no address for that name, or does not answer",
            Self::Refused => "the connection was refused; nothing listens there, or a firewall is between",
            Self::NoWay => "this network has no way there",
            Self::TimedOut => "no connection came about in time; a firewall may drop it",
            Self::Closed => "the connection was closed before it stood; a firewall or a proxy may do that",
            Self::Untrusted => {
                "this machine trusts nobody who signed its TLS certificate; where a proxy signs anew, its certificate has to \
                 be among those of the system"
            }
            Self::AnotherName => "its TLS certificate is for another name",
            Self::NotValidNow => "its TLS certificate is not valid at the time of this machine's clock",
            Self::NoTls => "what answers there does not speak TLS",
            Self::Tls => "TLS could not be agreed on",
            Self::ProxyPassword => "the proxy wants a password",
            Self::Proxy => "the proxy did not let it through, or cannot get there",
            Self::ProxyUnreached => "the proxy itself could not be reached",
            Self::Other => "no connection came about",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::http::{CallError, Origin, Outgoing, Request};

    /// As TLS hands it on: within an error of input or output within another one.
    fn handed_on(error: rustls::Error) -> io::Error {
        io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error))
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_apart() {
        let of = |wrong| Unreached::of(&handed_on(rustls::Error::InvalidCertificate(wrong)));
        assert_eq!(of(CertificateError::UnknownIssuer), Some(Unreached::Untrusted));
        assert_eq!(of(CertificateError::NotValidForName), Some(Unreached::AnotherName));
        assert_eq!(of(CertificateError::NotValidYet), Some(Unreached::NotValidNow));
        assert_eq!(of(CertificateError::Expired), Some(Unreached::NotValidNow));
        assert_eq!(of(CertificateError::BadSignature), Some(Unreached::Tls));
        let direct = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        assert_eq!(Unreached::of(&direct), Some(Unreached::Tls));
        assert_eq!(Unreached::of(&io::Error::from(io::ErrorKind::HostUnreachable)), Some(Unreached::NoWay));
        assert_eq!(Unreached::of(&io::Error::from(io::ErrorKind::TimedOut)), Some(Unreached::TimedOut));
        assert_eq!(Unreached::of(&io::Error::other("something else")), None);
    }

    async fn refusal(url: &str) -> String {
        match Outgoing::new().unwrap().send(&Origin::parse(url).unwrap(), Request::get("")).await {
            Err(CallError::NotSent(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_call_that_reaches_nobody_says_why() {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let why = refusal(&format!("http://{nobody}")).await;
        assert!(why.ends_with(&Unreached::Refused.to_string()), "{why}");
        // A label of more than 63 letters is no name, so nobody outside is asked for it.
        let why = refusal(&format!("http://{}.test", "a".repeat(64))).await;
        assert!(why.ends_with(&Unreached::Name.to_string()), "{why}");
    }
}
