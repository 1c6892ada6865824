package web

// providerName names the identity provider that people can sign in with.
func (s *site) providerName() string { return "" }
